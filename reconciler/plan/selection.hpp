#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/error.hpp"
#include "reconciler/model/manifest_snapshot.hpp"

namespace fairway {

/// Which channels a command is about: all of them, or those that are named and whose labels fit.
class Selection {
public:
    Selection() = default;
    /// `names`: "name" or "project/name". `selector`: labels in the syntax of kubectl's equality-based
    /// and set-based selectors, "team=payments,env!=prod,tier in (a, b),critical,!legacy". An Error
    /// tells what is wrong with it.
    static Result<Selection> parse(const std::vector<std::string>& names, std::string_view selector);

    bool all() const { return names_.empty() && terms_.empty(); }
    /// `manifest`: null where there is none, so that no label can fit.
    bool covers(const ChannelKey& key, const Manifest* manifest) const;
    /// The names that none of `keys` bears.
    std::vector<std::string> unknown(const std::set<ChannelKey>& keys) const;

private:
    struct Term {
        enum class Kind : std::uint8_t { in, not_in, exists, absent };
        Kind kind;
        std::string label;
        std::set<std::string> values;
    };
    static Result<Term> parse_term(std::string_view text);
    static bool fits(const Term& term, const Manifest& manifest);
    bool names(const ChannelKey& key) const;

    std::vector<std::string> names_;
    std::vector<Term> terms_;
};

}  // namespace fairway
