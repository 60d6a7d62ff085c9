#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/engine/observer.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/manifest_snapshot.hpp"

namespace fairway {

enum class ChangeAction : std::uint8_t {
    create,
    adopt,
    update,
    delete_,  ///< on `instances`, which may be fewer than the channel is on
    replace,  ///< deleted and made anew
    release,  ///< no longer ours, left as it is
    wait,
    refused,
    left
};
enum class ChangeOutcome : std::uint8_t { planned, done, failed };

std::string_view to_string(ChangeAction action);
std::string_view to_string(ChangeOutcome outcome);

/// One field of one channel, the same on all `instances`.
struct ReportedField {
    std::string path, before, after, reason;
    std::vector<InstanceId> instances;
    std::string
        from;  ///< "file:line" of the defaults that its wish comes from; empty: the manifest itself
};

/// What is, or was, to be done to one channel.
struct ReportedChange {
    ChannelKey key;
    ChangeAction action = ChangeAction::create;
    ChangeOutcome outcome = ChangeOutcome::planned;
    std::vector<InstanceId> instances;
    std::vector<ReportedField> fields;
    std::vector<InheritedField> defaults;  ///< what the manifest has from them
    std::string why;                       ///< of what is refused, waited for or left alone
};

/// Something that went wrong: with a manifest (then it has a place), a channel, or a project.
struct ReportedError {
    ChannelKey key;
    std::string code;  ///< the API's error code; empty where the API did not say it
    std::string message;
    std::string error_class;
    bool retryable = false;
    std::string request_id;
    Place place;
};

/// What a command found or did: one document, in a stable order.
struct Report {
    std::vector<ReportedChange> changes;  ///< by key
    std::vector<std::string> warnings;
    std::vector<ReportedError> errors;
    std::size_t unchanged = 0;

    std::size_t count(ChangeAction action) const;
    std::size_t count(ChangeOutcome outcome) const;
    /// Whether anything is to be written or noted.
    bool has_changes() const;
};

/// What `survey` says would be done.
void add_survey(Report& report, const Survey& survey, const ManifestSnapshot& wish);
void add_problems(Report& report, const std::vector<ManifestProblem>& problems);
ReportedError reported(const ChannelKey& key, const Error& error);

/// For people at a terminal. `colour`: with ANSI colours.
std::string to_text(const Report& report, bool colour);
/// The document `fairway.report/v1`.
std::string to_json(const Report& report);
/// For a comment on a pull request, and no longer than one may be: where something had to go, it says
/// so.
std::string to_markdown(const Report& report);
/// One `project/name` a line: what changes.
std::string to_names(const Report& report);

}  // namespace fairway
