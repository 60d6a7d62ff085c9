#pragma once

#include "reconciler/model/record.hpp"
#include "reconciler/plan/normalise.hpp"

namespace fairway {

// Which rows an intent of ours explains: a write that was never clearly answered made them, or somebody
// else did.

/// How long what a write of unknown end makes may stay out of sight: it comes late, and a list that is
/// behind hides it for a while. `settle`: the wait before the first look that counts.
inline Duration hidden_for(Duration settle) {
    return settle + settle / 2;
}

/// Whether `row` was there before the intent that `record` tells of, so that it is not its work.
bool older_than_intent(const Record& record, const InstanceChannel& row);

/// Whether an update that may have been sent would have made a channel on this instance.
bool may_be_made(const Record& record, const InstanceId& instance);

/// Whether that update made `row`: it is not older, and equal to what was sent. Parts that the row does
/// not show are not compared.
bool explained_by_update(const Record& record, const InstanceChannel& row, const Ignored& ignored);

/// Whether `now` differs from `before`, the same row a moment ago, in anything that people write and
/// both show, whoever manages it.
bool was_changed(const InstanceChannel& before, const InstanceChannel& now);

}  // namespace fairway
