#pragma once

#include "reconciler/ports/state_store.hpp"

namespace fairway {

/// The store of a command that has none: a plan in a pull request's CI. Knows nothing and keeps nothing.
class NoStore : public StateStore {
public:
    Task<Result<std::optional<Record>>> load(ChannelKey) override { co_return std::optional<Record>(); }
    Task<Result<std::map<ChannelKey, Record>>> load_all() override {
        co_return std::map<ChannelKey, Record>();
    }
    Task<Result<std::uint64_t>> save(ChannelKey, Record) override { co_return refused(); }
    Task<Result<>> forget(ChannelKey) override { co_return refused(); }
    Task<Result<>> bury(ChannelKey, WallTime) override { co_return refused(); }
    Task<Result<std::vector<DeletedChannel>>> deleted() override {
        co_return std::vector<DeletedChannel>();
    }
    Task<Result<>> direct(Directive) override { co_return refused(); }
    Task<Result<>> take_back(Directive) override { co_return refused(); }
    Task<Result<std::vector<Directive>>> directives() override { co_return std::vector<Directive>(); }
    Task<Result<>> observe(std::vector<StoredObservation>) override { co_return Result<>(); }
    Task<Result<std::vector<StoredObservation>>> observations() override {
        co_return std::vector<StoredObservation>();
    }
    Task<Result<>> note(HistoryEntry) override { co_return Result<>(); }
    Task<Result<std::vector<HistoryEntry>>> history(ChannelKey, std::size_t) override {
        co_return std::vector<HistoryEntry>();
    }
    Task<Result<std::size_t>> deletes_since(std::string, WallTime) override { co_return 0; }

private:
    static Error refused() {
        return Error(ErrorClass::refused, ErrorReason::guard, "there is no store to write to");
    }
};

}  // namespace fairway
