#pragma once

#include <optional>
#include <string>

#include "reconciler/model/time.hpp"

namespace fairway {

/// What a person told us, kept until it ends or is taken back.
struct Directive {
    enum class Kind : std::uint8_t {
        approval,    ///< `subject` is the id of what a safeguard had refused
        suspension,  ///< `subject` is the name of a channel that is to be left alone
    };
    Kind kind = Kind::approval;
    std::string project;  ///< empty for an approval
    std::string subject;
    std::string reason;
    std::optional<WallTime> until;  ///< nothing: until it is taken back
    bool operator==(const Directive&) const = default;
};

}  // namespace fairway
