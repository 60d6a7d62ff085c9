#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/channel.hpp"
#include "reconciler/plan/field_group.hpp"

namespace fairway {

/// Which fields are never compared and never overwritten: JSON pointers below the spec, `*` for one
/// segment.
class Ignored {
public:
    Ignored() = default;
    explicit Ignored(const std::vector<std::string>& pointers);
    /// Whether `path`, or something above it, is ignored.
    bool covers(std::string_view path) const;
    /// Ignores one more.
    void add(std::string_view pointer);
    bool empty() const { return patterns_.empty(); }

private:
    std::vector<std::vector<std::string>> patterns_;
};

/// One field in which two specs differ, as text for people. Texts never hold a secret.
struct Difference {
    std::string path;           ///< JSON pointer below the spec; list elements by their key
    std::string before, after;  ///< empty: not there
    FieldGroup group = FieldGroup::settings;
    bool operator==(const Difference&) const = default;
};

/// What of `wanted` is not so in `have`, in the normal form of both: only fields that `wanted` manages
/// count; defaults are filled in, lists are sets by key, and what the server rewrites on its own is not
/// a difference. Instances are not compared. Parts that `have` is not known to show (see
/// InstanceChannel) are skipped.
std::vector<Difference> differences(
    const ChannelSpec& wanted, const ChannelSpec& have, const Ignored& ignored = {}
);
std::vector<Difference> differences(
    const ChannelSpec& wanted, const InstanceChannel& have, const Ignored& ignored = {}
);

/// What of `wanted` was not asked for by `applied`, an earlier wish: as differences(), but a field that
/// the earlier one did not manage counts whatever its default is.
std::vector<Difference> edits(
    const ChannelSpec& wanted, const ChannelSpec& applied, const Ignored& ignored
);

/// What of `wanted` was not so in `applied`, of what the cloud never shows: which secret is a registry's
/// password, and its value. Only what was written last can tell that it changed.
std::vector<Difference> hidden_differences(
    const ChannelSpec& wanted, const ChannelSpec& applied, const Ignored& ignored = {}
);

/// Whether all that differs there is the value of the secret that is named as before.
bool is_other_value(const Difference& hidden);

/// Lets `wanted` know of a password's value what `applied` knows, where it does not know itself.
void keep_password_print(ChannelSpec& wanted, const ChannelSpec& applied);

/// Whether `row` lacks a part that `wanted` manages, so that only a show can tell.
bool needs_show(const ChannelSpec& wanted, const InstanceChannel& row);

/// The body of a PUT that changes just what `wanted` manages: every other field, group, and member field
/// keeps the live value, for the PUT replaces what it does not mention (API: whole-list groups).
ChannelSpec with_live_values(
    const ChannelSpec& wanted, const InstanceChannel& live, const Ignored& ignored
);

}  // namespace fairway
