#pragma once

#include <utility>

#include "reconciler/ports/state_store.hpp"

namespace fairway {

/// A store for making a plan that nobody carries out: what is there can be read, and an approval that
/// would be used up stays as it is. All else that would be written is refused.
class LookingStore : public StateStore {
public:
    explicit LookingStore(StateStore& store) : store_(store) {}

    Task<Result<std::optional<Record>>> load(ChannelKey key) override {
        return store_.load(std::move(key));
    }
    Task<Result<std::map<ChannelKey, Record>>> load_all() override { return store_.load_all(); }
    Task<Result<std::uint64_t>> save(ChannelKey, Record) override { co_return refused(); }
    Task<Result<>> forget(ChannelKey) override { co_return refused(); }
    Task<Result<>> bury(ChannelKey, WallTime) override { co_return refused(); }
    Task<Result<std::vector<DeletedChannel>>> deleted() override { return store_.deleted(); }
    Task<Result<>> direct(Directive) override { co_return refused(); }
    Task<Result<>> take_back(Directive) override { co_return Result<>(); }
    Task<Result<std::vector<Directive>>> directives() override { return store_.directives(); }
    Task<Result<>> observe(std::vector<StoredObservation>) override { co_return refused(); }
    Task<Result<std::vector<StoredObservation>>> observations() override {
        return store_.observations();
    }
    Task<Result<>> note(HistoryEntry) override { co_return refused(); }
    Task<Result<std::vector<HistoryEntry>>> history(ChannelKey key, std::size_t limit) override {
        return store_.history(std::move(key), limit);
    }
    Task<Result<std::size_t>> deletes_since(std::string project, WallTime since) override {
        return store_.deletes_since(std::move(project), since);
    }

private:
    static Error refused() {
        return Error(ErrorClass::refused, ErrorReason::guard, "a plan writes nothing");
    }
    StateStore& store_;
};

}  // namespace fairway
