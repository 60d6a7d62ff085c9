#pragma once

#include <map>
#include <optional>
#include <vector>

#include "reconciler/plan/action.hpp"
#include "reconciler/plan/explain.hpp"
#include "reconciler/plan/normalise.hpp"

namespace fairway {

// What next_action() is made of: looks at a situation, and a decision for each kind of it. For the files
// of this folder only.

/// The most instances that one project-level request may name (API: PROJECT_VPC_OPERATOR_NUM_LIMIT).
inline constexpr std::size_t instances_per_request = 10;

/// Whether each of its rows was seen to be gone after our delete.
bool deleted_by_us(const Record& record);

std::string places(const ObservedChannel& seen);

inline Duration hidden_for(const Situation& at) {
    return hidden_for(at.settle);
}
const InstanceChannel* row_on(const ObservedChannel& seen, const InstanceId& instance);

bool wants(const ChannelSpec& spec, const InstanceId& instance);

std::map<InstanceId, std::string> ids_of(const ObservedChannel& seen);

/// `spec`, narrowed to the instances it was found on: what can be said to be applied.
ChannelSpec on_instances_of(ChannelSpec spec, const ObservedChannel& seen);

/// The rows that must be shown before `wanted` can be compared with them.
Show rows_to_show(const ChannelSpec& wanted, const ObservedChannel& seen);

Create create_of(const ChannelSpec& wanted);

bool is_ours(const Record& record, const InstanceChannel& row);

/// Ours among what is there.
ObservedChannel ours_of(const Situation& at);

/// What deleting these rows takes away, with what only we know of it: the names of secrets.
Delete delete_of(
    Delete::Cause cause, const Record& record, const std::vector<const InstanceChannel*>& rows
);

/// Looks twice, `settle` apart and then half of it, before an absence is believed.
std::optional<Decision> not_yet_certain(const Situation& at, Duration elapsed, const char* why);

/// Somebody deleted it, or the list is behind: only two empty looks, `settle` apart, are believed.
std::optional<Action> not_yet_gone(const Situation& at, Duration elapsed);

/// A channel of that name is there, and no row of ours says that we made it.
Decision meet_foreign(const Situation& at);

/// A create was sent, or may have been, and rows of that name are there: ours only if the intent
/// explains them.
Decision explain_rows(const Situation& at);

/// A create was answered well: the rows it made are ours, whatever they look like by now.
Decision read_back(const Situation& at);

/// An update creates where nothing is, so it too may have made rows that we do not know, on instances
/// where nobody wants one any more (`wanted`: where one is wanted). What is found there, and is as we
/// sent it, is noted, so that it can be deleted as ours. Nothing where there is nothing to note.
std::optional<Decision> note_unwanted(const Situation& at, Duration elapsed, const ChannelSpec* wanted);

/// Nobody wants it any more.
Decision meet_unwanted(const Situation& at, Duration elapsed);

/// Ours: compare what is wanted with what is there.
Decision compare_owned(const Situation& at);

}  // namespace fairway
