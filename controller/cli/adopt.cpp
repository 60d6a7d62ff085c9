#include <iostream>

#include "controller/cli/channel_name.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/confirm.hpp"
#include "controller/cli/hand_over.hpp"
#include "controller/cli/setup.hpp"
#include "controller/report/handover.hpp"
#include "controller/report/plain_text.hpp"
#include "reconciler/engine/looks.hpp"
#include "reconciler/plan/take_over.hpp"

namespace fairway {
namespace {

/// What was found of the channel, and what follows.
struct Found {
    std::optional<Record> record;
    ObservedChannel seen;
    TakeOver answer;
};

Task<Result<>> look(
    Setup& setup, ChannelApi& api, StateStore& store, const Manifest& manifest, Found& found
) {
    Result<std::optional<Record>> record = co_await store.load(manifest.key);
    if (!record) co_return record.error();
    found.record = *std::move(record);
    Result<ObservedChannel> seen = co_await api.find(manifest.key);
    if (!seen) co_return Error(seen.error()).in("look");
    found.seen = *std::move(seen);
    const Record* ours = found.record ? &*found.record : nullptr;
    const auto answer = [&] {
        return take_over(manifest, ours, found.seen, setup.clock.wall(), setup.config.reconcile.settle);
    };
    found.answer = answer();
    const auto* rows = std::get_if<Show>(&found.answer.next.action);
    if (rows == nullptr) co_return Result<>();
    const Result<> shown = co_await show_rows(api, manifest.key, *rows, found.seen);
    if (!shown) co_return shown.error();
    found.answer = answer();
    co_return Result<>();
}

Task<Result<>> save(
    StateStore& store, const ChannelKey& key, const Found& found, WallTime now, std::string revision
) {
    const Result<std::uint64_t> saved = co_await store.save(key, found.answer.record);
    if (!saved) co_return Error(saved.error()).in("save");
    std::vector<StoredObservation> seen;
    seen.push_back({key, found.seen});
    const Result<> observed = co_await store.observe(std::move(seen));
    if (!observed) co_return observed.error();
    HistoryEntry entry;
    entry.at = now;
    entry.key = key;
    entry.action = "adopt";
    entry.result = "ok";
    entry.detail = "taken over by hand:";
    for (const InstanceChannel* row : found.answer.taken)
        entry.detail += " on " + row->instance + " (id " + row->id + ")";
    entry.revision = std::move(revision);
    co_return co_await store.note(std::move(entry));
}

const Manifest& manifest_for(
    const Config& config, const ManifestSnapshot& wish, const std::string& name
) {
    std::set<ChannelKey> declared = wish.unreadable;
    for (const auto& [key, manifest] : wish.manifests) declared.insert(key);
    ChannelKey key;
    try {
        key = known_key(config, name, declared, "manifest");
    } catch (const CannotStart& unknown) {
        throw CannotStart(
            unknown.code(), std::string(unknown.what()) +
                                "; a channel is taken over as its manifest wants it, and fairway export "
                                "writes one of what lives"
        );
    }
    const Manifest* manifest = wish.find(key);
    if (manifest != nullptr && !wish.unreadable.contains(key)) return *manifest;
    throw CannotStart(
        ExitCode::invalid, name_of(key) + ": its manifest cannot be read; see: fairway validate"
    );
}

}  // namespace

ExitCode adopt_command(const CommonOptions& common, const HandOverOptions& options) {
    Setup setup(common);
    const Wish wish = setup.wish();
    const Manifest& manifest = manifest_for(setup.config, *wish, options.name);
    const std::string name = name_of(manifest.key);
    const auto store = setup.store(StoreUse::write);
    trust_or_end(setup, *store);
    Found found;
    {
        const auto core = setup.core(*store);
        run_or_end(setup, look(setup, core->api(), *store, manifest, found));
    }
    switch (found.answer.answer) {
        case TakeOver::Answer::missing:
            throw CannotStart(
                ExitCode::failed, name +
                                      ": there is no channel of this name to take over; to create it: "
                                      "fairway apply " +
                                      plain(manifest.key.name)
            );
        case TakeOver::Answer::ours:
            std::cout << name << " is ours already\n";
            return ExitCode::ok;
        case TakeOver::Answer::refused:
            throw CannotStart(ExitCode::refused, name + ": " + plain(found.answer.why));
        case TakeOver::Answer::possible:
            break;
    }
    std::cout << adopt_text(manifest, found.answer, setup.config.reconcile.delete_adopted);
    confirm(options.yes, "Take it over?");
    run_or_end(setup, save(*store, manifest.key, found, setup.clock.wall(), wish->shown_version()));
    std::cout << name << ": taken over";
    if (!found.answer.next.changes.empty())
        std::cout << "; to change it now: fairway apply " << plain(manifest.key.name);
    std::cout << "\n";
    return ExitCode::ok;
}

}  // namespace fairway
