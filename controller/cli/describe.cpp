#include <iostream>

#include "controller/app/no_store.hpp"
#include "controller/cli/channel_name.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/daemon_client.hpp"
#include "controller/cli/setup.hpp"
#include "controller/cli/structured.hpp"
#include "controller/report/daemon_view.hpp"
#include "controller/report/description.hpp"

namespace fairway {
namespace {

constexpr std::size_t attempts_told = 10;

/// What the store holds of all channels, for a name to be found among them.
struct Stored {
    std::map<ChannelKey, Record> records;
    std::vector<StoredObservation> seen;
    std::vector<Directive> directives;
};

Task<ExitCode> read(StateStore& store, Stored& stored) {
    auto records = co_await store.load_all();
    auto seen = co_await store.observations();
    auto directives = co_await store.directives();
    const Error* failure = !records      ? &records.error()
                           : !seen       ? &seen.error()
                           : !directives ? &directives.error()
                                         : nullptr;
    if (failure != nullptr) {
        print_error(failure->what());
        co_return ExitCode::failed;
    }
    stored = {*std::move(records), *std::move(seen), *std::move(directives)};
    co_return ExitCode::ok;
}

std::set<ChannelKey> keys_of(const Stored& stored, const ManifestSnapshot& wish) {
    std::set<ChannelKey> keys = wish.unreadable;
    for (const auto& [key, manifest] : wish.manifests) keys.insert(key);
    for (const auto& [key, record] : stored.records) keys.insert(key);
    for (const StoredObservation& one : stored.seen) keys.insert(one.key);
    return keys;
}

DescriptionInput input_of(const Stored& stored, const ManifestSnapshot& wish, const ChannelKey& key) {
    DescriptionInput input{key, wish};
    const auto record = stored.records.find(key);
    if (record != stored.records.end()) input.record = &record->second;
    for (const StoredObservation& one : stored.seen) {
        if (one.key == key) input.seen = &one.seen;
    }
    for (const Directive& one : stored.directives) {
        if (one.kind == Directive::Kind::suspension && ChannelKey{one.project, one.subject} == key)
            input.suspended = Suspension{one.until, one.reason};
    }
    return input;
}

Task<ExitCode> attempts(StateStore& store, DescriptionInput& input) {
    auto entries = co_await store.history(input.key, attempts_told);
    if (!entries) {
        print_error(entries.error().what());
        co_return ExitCode::failed;
    }
    input.attempts = *std::move(entries);
    co_return ExitCode::ok;
}

}  // namespace

ExitCode describe_command(const CommonOptions& common, const std::string& name) {
    Setup setup(common);
    Result<Wish> wish = read_wish(common, &setup.config);
    if (!wish) {  // what is stored can be shown all the same
        print_error(wish.error().what());
        wish = std::make_shared<const ManifestSnapshot>();
    }
    NoStore nothing;
    const auto opened = setup.store_if_any();
    StateStore& store = opened ? static_cast<StateStore&>(*opened) : nothing;
    Stored stored;
    const ExitCode code = run_until_done(setup.context, read(store, stored), {});
    if (code != ExitCode::ok) return code;
    const ChannelKey key =
        known_key(setup.config, name, keys_of(stored, **wish), "channel that is known");
    DescriptionInput input = input_of(stored, **wish, key);
    input.now = setup.clock.wall();
    input.settle = setup.config.reconcile.settle;
    const ExitCode told = run_until_done(setup.context, attempts(store, input), {});
    if (told != ExitCode::ok) return told;
    ChannelDescription channel = describe(input);
    if (const auto standing = standing_of(setup.config.server.socket, key))
        add_daemon_view(channel, *standing);
    std::cout
        << (common.output == OutputFormat::text ? description_text(channel, input.now)
                                                : structured(description_json(channel), common.output));
    return ExitCode::ok;
}

}  // namespace fairway
