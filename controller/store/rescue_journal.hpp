#pragma once

#include <string>
#include <vector>

#include "controller/store/store_host.hpp"
#include "reconciler/model/record.hpp"

namespace fairway {

/// A file beside the store for what the cloud answered while the store could not be written: the ids of
/// a channel that was created. The next start puts them into the store.
class RescueJournal {
public:
    struct Entry {
        std::string lineage;  ///< of the store that the entry belongs to
        ChannelKey key;
        WallTime intent_at{};  ///< of the create that was answered
        std::map<InstanceId, std::string> ids;
    };
    RescueJournal(StoreHost& host, std::string path) : host_(host), path_(std::move(path)) {}

    /// Durable on return, or an error: then only a person can keep the ids, though the intent in the
    /// store still leads to the channel.
    Result<> note(const Entry& entry) const;
    /// What it holds; a line that was not written whole is left out.
    Result<std::vector<Entry>> read() const;
    /// After all of it is in the store.
    void remove() const;

private:
    StoreHost& host_;
    std::string path_;
};

}  // namespace fairway
