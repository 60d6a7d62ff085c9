#pragma once

#include <string>
#include <vector>

#include "reconciler/plan/action.hpp"

namespace fairway {

/// What it would mean that a person makes a live channel ours, as its manifest wants it.
struct TakeOver {
    enum class Answer : std::uint8_t {
        missing,   ///< nothing is there to be taken over
        ours,      ///< all of it is ours already
        refused,   ///< `why`
        possible,  ///< by saving `record`
    };
    Answer answer = Answer::missing;
    std::string why;
    Record record;
    std::vector<const InstanceChannel*> taken;  ///< rows that become ours; of what was seen
    std::vector<const InstanceChannel*> left;   ///< rows on instances that the manifest does not name
    /// What the first pass will do once `record` is saved, suspended or not. A Show means that these
    /// rows are needed in full to tell.
    Decision next;
};

/// Answers that from one look at the cloud. `record`: our row for it, if there is one; null otherwise.
/// `seen` outlives the answer. Where `next` turns out to be nothing but to note that all is as wanted,
/// `record` notes it already.
TakeOver take_over(
    const Manifest& manifest, const Record* record, const ObservedChannel& seen, WallTime now,
    Duration settle
);

}  // namespace fairway
