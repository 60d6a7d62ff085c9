#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "controller/store/batch.hpp"
#include "reconciler/model/channel.hpp"
#include "reconciler/ports/state_store.hpp"

namespace fairway {

/// What the cloud showed last. The hashes of all rows are kept in memory: seeing the same again costs no
/// statement at all, and the time of such a look is remembered in memory only.
class ObservedTable {
public:
    ObservedTable(Batch& batch, Database& database, std::uint64_t seed);

    void observe(const StoredObservation& observation);
    /// Names whose rows cannot be read are left out: the next look brings them again.
    std::vector<StoredObservation> all();
    void forget(const ChannelKey& key);
    // The end of a batch, or of a job that failed: what was written since is there, or must be doubted.
    void settle() { touched_.clear(); }
    void doubt();

private:
    struct Known {
        std::vector<std::int64_t> hashes;  ///< by position
        WallTime at{};
        bool doubtful = false;
    };
    std::int64_t hash(const ChannelKey& key, std::string_view json) const;
    void drop_from(const ChannelKey& key, std::size_t position);

    Batch& batch_;
    Database& database_;
    std::uint64_t seed_;
    std::map<ChannelKey, Known> known_;
    std::vector<ChannelKey> touched_;
};

}  // namespace fairway
