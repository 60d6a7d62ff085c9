#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/store/batch.hpp"
#include "reconciler/model/channel.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/record.hpp"
#include "reconciler/ports/state_store.hpp"

namespace fairway {

/// Our rows. The large specs are in a table of their own, and written only when they change. Every row
/// has a checksum keyed by the store's lineage: one that does not fit is an error that names its
/// channel.
class ChannelTable {
public:
    /// `last_revision`: given to a row before; each save gets a greater one, also after a forget.
    ChannelTable(Batch& batch, Database& database, std::uint64_t seed, std::uint64_t last_revision)
        : batch_(batch), database_(database), seed_(seed), revision_(last_revision) {}

    Result<std::optional<Record>> load(const ChannelKey& key);
    /// All rows, or the error of the first that cannot be read: nothing is decided on a part of them.
    Result<std::map<ChannelKey, Record>> load_all();
    Result<std::uint64_t> save(const ChannelKey& key, const Record& record);
    void forget(const ChannelKey& key);
    /// The same, keeping what `pending` says was there.
    Result<> bury(const ChannelKey& key, WallTime at);
    Result<std::vector<DeletedChannel>> deleted();
    std::uint64_t last_revision() const { return revision_; }

private:
    using Hash = std::optional<std::int64_t>;  // as SQLite stores it; nothing where there is no spec

    Hash hash(const ChannelKey& key, const std::optional<std::string>& json) const;
    std::int64_t checksum(
        const ChannelKey& key, const Record& record, std::string_view ids, Hash applied, Hash pending
    ) const;
    void put_spec(
        const ChannelKey& key, std::string_view kind, const std::optional<std::string>& json,
        Hash before, Hash now
    );
    Result<Record> read(const ChannelKey& key, const Query& row) const;

    Batch& batch_;
    Database& database_;
    std::uint64_t seed_;
    std::uint64_t revision_;
};

}  // namespace fairway
