#include <iostream>

#include "controller/cli/channel_name.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/confirm.hpp"
#include "controller/cli/hand_over.hpp"
#include "controller/cli/setup.hpp"
#include "controller/report/handover.hpp"
#include "controller/report/plain_text.hpp"

namespace fairway {
namespace {

Task<Result<>> load(StateStore& store, std::map<ChannelKey, Record>& records) {
    auto loaded = co_await store.load_all();
    if (!loaded) co_return loaded.error();
    records = *std::move(loaded);
    co_return Result<>();
}

Task<Result<>> forget(StateStore& store, ChannelKey key, const Record& record, WallTime now) {
    HistoryEntry entry;
    entry.at = now;
    entry.key = key;
    entry.action = "release";
    entry.result = "ok";
    entry.detail = "let go by hand, left as it is:";
    for (const auto& [instance, id] : record.ids) entry.detail += " on " + instance + " (id " + id + ")";
    const Result<> noted = co_await store.note(std::move(entry));
    if (!noted) co_return noted.error();
    co_return co_await store.forget(key);
}

/// What is not settled must not be forgotten: a second create could follow the first.
void refuse_unsettled(const std::string& name, const Record& record) {
    switch (record.phase) {
        case Phase::intent:
        case Phase::ambiguous:
        case Phase::created:
            throw CannotStart(
                ExitCode::refused,
                name + ": a create of ours is not settled yet; let it be, with: fairway apply"
            );
        default:
            return;
    }
}

}  // namespace

ExitCode release_command(const CommonOptions& common, const HandOverOptions& options) {
    Setup setup(common);
    const auto store = setup.store(StoreUse::write);
    trust_or_end(setup, *store);
    std::map<ChannelKey, Record> records;
    run_or_end(setup, load(*store, records));
    std::set<ChannelKey> ours;
    for (const auto& [key, record] : records) ours.insert(key);
    const ChannelKey key = known_key(setup.config, options.name, ours, "channel of ours");
    const Record& record = records.at(key);
    const std::string name = name_of(key);
    refuse_unsettled(name, record);

    const Result<Wish> wish = read_wish(common, &setup.config);
    if (!wish) print_error(plain(wish.error().what()) + "; whether a manifest declares it is not known");
    std::cout << release_text(key, record, wish ? (*wish)->find(key) : nullptr);
    confirm(options.yes, "Let go of it?");
    run_or_end(setup, forget(*store, key, record, setup.clock.wall()));
    std::cout << name << ": let go; the channel stays as it is\n";
    return ExitCode::ok;
}

}  // namespace fairway
