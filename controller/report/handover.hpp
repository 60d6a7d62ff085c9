#pragma once

#include <string>
#include <vector>

#include "reconciler/model/manifest_snapshot.hpp"
#include "reconciler/plan/take_over.hpp"
#include "reconciler/ports/state_store.hpp"

namespace fairway {

// What adopt, release and undelete show before they are agreed to.

/// What taking it over means: what is there, and what the next pass would change.
std::string adopt_text(const Manifest& manifest, const TakeOver& answer, bool delete_adopted);

/// What letting go of it means. `manifest`: null where none declares it.
std::string release_text(const ChannelKey& key, const Record& record, const Manifest* manifest);

/// What making it again means.
std::string undelete_text(const DeletedChannel& channel, WallTime now);

/// A channel of the journal, and what there is of that name by now.
struct DeletedRow {
    DeletedChannel channel;
    bool ours_again = false, declared_again = false;
};
std::string deleted_text(const std::vector<DeletedRow>& rows, WallTime now);

}  // namespace fairway
