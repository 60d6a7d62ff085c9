#include <algorithm>
#include <iostream>

#include "controller/app/apply.hpp"
#include "controller/cli/channel_name.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/confirm.hpp"
#include "controller/cli/hand_over.hpp"
#include "controller/cli/progress.hpp"
#include "controller/cli/setup.hpp"
#include "controller/report/handover.hpp"
#include "controller/report/plain_text.hpp"
#include "controller/report/text_table.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr Duration kept_for = 30 * 24h;

struct Journal {
    std::vector<DeletedChannel> channels;  ///< the newest first
    std::map<ChannelKey, Record> records;

    const DeletedChannel& find(const ChannelKey& key) const {
        return *std::find_if(channels.begin(), channels.end(), [&](const DeletedChannel& one) {
            return one.key == key;
        });
    }
    std::set<ChannelKey> keys() const {
        std::set<ChannelKey> all;
        for (const DeletedChannel& one : channels) all.insert(one.key);
        return all;
    }
};

Task<Result<>> read(StateStore& store, WallTime now, Journal& journal) {
    auto deleted = co_await store.deleted();
    if (!deleted) co_return deleted.error();
    journal.channels = *std::move(deleted);
    // The store drops what is too old when it buries the next one.
    std::erase_if(journal.channels, [&](const DeletedChannel& one) { return one.at < now - kept_for; });
    auto records = co_await store.load_all();
    if (!records) co_return records.error();
    journal.records = *std::move(records);
    co_return Result<>();
}

/// The manifests, as far as they can be read: what is to be had back may be lost with them.
Wish wish_if_any(const CommonOptions& common, const Config& config) {
    Result<Wish> wish = read_wish(common, &config);
    if (wish) return *std::move(wish);
    print_error(plain(wish.error().what()) + "; going on without the manifests");
    return std::make_shared<const ManifestSnapshot>();
}

ExitCode list(Setup& setup, const CommonOptions& common) {
    const auto store = setup.store_if_any();
    if (!store) return ExitCode::ok;
    Journal journal;
    run_or_end(setup, read(*store, setup.clock.wall(), journal));
    if (journal.channels.empty()) {
        print_error("there is nothing to have back: no channel was deleted in the last 30 days");
        return ExitCode::ok;
    }
    const Wish wish = wish_if_any(common, setup.config);
    std::vector<DeletedRow> rows;
    for (const DeletedChannel& one : journal.channels) {
        rows.push_back(
            {one, journal.records.contains(one.key),
             wish->find(one.key) != nullptr || wish->unreadable.contains(one.key)}
        );
    }
    std::cout << deleted_text(rows, setup.clock.wall());
    return ExitCode::ok;
}

void refuse_declared(const ChannelKey& key, const ManifestSnapshot& wish) {
    const std::string name = name_of(key);
    if (const Manifest* manifest = wish.find(key)) {
        throw CannotStart(
            ExitCode::refused,
            name + ": " + plain(manifest->place.file) + ":" + std::to_string(manifest->place.line) +
                " declares it; to create it as it says: fairway apply " + plain(key.name)
        );
    }
    if (wish.unreadable.contains(key)) {
        throw CannotStart(
            ExitCode::refused,
            name +
                ": a manifest declares it, and cannot be read; mend it (fairway validate), then: "
                "fairway apply " +
                plain(key.name)
        );
    }
}

/// The password of a registry is in no journal, only the name of its secret.
void require_secret(const Config& config, const DeletedChannel& channel) {
    const auto& info = channel.spec.microservice_info;
    if (!info || !info->nacos_info) return;
    const std::string& secret = info->nacos_info->password_secret;
    const std::string name = name_of(channel.key);
    if (secret.empty()) {
        throw CannotStart(
            ExitCode::invalid,
            name +
                ": the password of its registry was never known here; write a manifest that names a "
                "secret for it, then: fairway apply " +
                plain(channel.key.name)
        );
    }
    if (config.secrets.contains(secret)) return;
    throw CannotStart(
        ExitCode::invalid, name + ": the password of its registry is the secret \"" + plain(secret) +
                               "\", which the configuration does not define any more; define it under "
                               "secrets, then repeat this"
    );
}

/// Whether a create of ours for it is under way, which is to be gone on with: an undelete that was cut
/// off.
bool is_under_way(const Journal& journal, const ChannelKey& key) {
    const auto record = journal.records.find(key);
    if (record == journal.records.end()) return false;
    switch (record->second.phase) {
        case Phase::intent:
        case Phase::ambiguous:
        case Phase::created:
            return true;
        default:
            throw CannotStart(
                ExitCode::refused,
                name_of(key) + ": is there and ours; see: fairway describe " + plain(key.name)
            );
    }
}

Task<Result<>> look(ChannelApi& api, ChannelKey key, ObservedChannel& seen) {
    Result<ObservedChannel> found = co_await api.find(key);
    if (!found) co_return Error(found.error()).in("look");
    seen = *std::move(found);
    co_return Result<>();
}

/// The wish for this channel alone, as it was. Protected, so that no pass that misses its manifest
/// deletes it again.
Wish wish_for(const DeletedChannel& channel) {
    auto manifest = std::make_shared<Manifest>();
    manifest->key = channel.key;
    manifest->spec = channel.spec;
    manifest->lifecycle.deletion = DeletionPolicy::forbid;
    manifest->place.file = "the journal of deleted channels";
    auto wish = std::make_shared<ManifestSnapshot>();
    wish->manifests.emplace(channel.key, std::move(manifest));
    wish->revision = "undelete";
    wish->source = "undelete";
    return wish;
}

Task<ExitCode> make_again(
    Setup& setup, Applier& applier, StateStore& store, DeletedChannel channel, Wish wish
) {
    Outcome outcome = co_await applier.apply(wish);
    const Result<std::optional<Record>> record = co_await store.load(channel.key);
    const bool ours = record && *record && (*record)->phase == Phase::ready;
    HistoryEntry entry;
    entry.at = setup.clock.wall();
    entry.key = channel.key;
    entry.action = "undelete";
    entry.result = ours ? "ok" : record && *record ? "unknown" : "error";
    entry.detail = "deleted at " + second_of(channel.at);
    std::string ids;
    if (ours) {
        for (const auto& [instance, id] : (*record)->ids)
            ids += "  " + plain(instance) + "  id " + plain(id) + "\n";
        for (const auto& [instance, id] : (*record)->ids)
            entry.detail += ", now on " + instance + " (id " + id + ")";
    }
    const Result<> noted = co_await store.note(std::move(entry));
    if (!noted) print_error(plain(noted.error().what()));
    outcome.succeeded = false;  // it is one channel: never partly
    const ExitCode code = exit_code_of(outcome);
    if (!ours || code != ExitCode::ok) {
        print(outcome.report, OutputFormat::text);
        co_return code == ExitCode::ok ? ExitCode::refused : code;  // left alone: it is suspended
    }
    std::cout << name_of(channel.key) << ": created again, as:\n"
              << ids << "Restore its manifest, so that it is kept as it is.\n";
    co_return ExitCode::ok;
}

ExitCode undelete(Setup& setup, const CommonOptions& common, const HandOverOptions& options) {
    const auto store = setup.store(StoreUse::write);
    trust_or_end(setup, *store);
    const WallTime now = setup.clock.wall();
    Journal journal;
    run_or_end(setup, read(*store, now, journal));
    const ChannelKey key = known_key(
        setup.config, options.name, journal.keys(), "channel that we deleted in the last 30 days"
    );
    const DeletedChannel& channel = journal.find(key);
    refuse_declared(key, *wish_if_any(common, setup.config));
    require_secret(setup.config, channel);
    const bool under_way = is_under_way(journal, key);

    Config config = setup.config;  // of this project alone: others need not be in reach
    std::erase_if(config.projects, [&](const auto& project) { return project.name != key.project; });
    if (config.projects.empty()) {
        throw CannotStart(
            ExitCode::invalid, name_of(key) + ": the configuration does not define its project any more"
        );
    }
    Core::Options how;
    how.lineage = store->lineage();
    const auto core = setup.core(*store, std::move(how));
    ObservedChannel seen;
    run_or_end(setup, look(core->api(), key, seen));
    if (!seen.rows.empty() && !under_way) {
        throw CannotStart(
            ExitCode::refused, name_of(key) + ": a channel of this name is there, on " +
                                   plain(seen.rows.front().instance) + ", and not ours; nothing was done"
        );
    }
    std::cout << undelete_text(channel, now);
    confirm(options.yes, "Create it again?");

    ApplyOptions applying;
    applying.workers = 1;
    Progress progress(false);  // of one channel: plain lines
    applying.progress = [&progress](const ChannelKey& one, const PassReport& report) {
        progress.tell(one, report);
    };
    applying.selection = *Selection::parse({key.project + "/" + key.name}, {});
    Applier applier(
        setup.context.get_executor(), *core, setup.ports(*store), config, std::move(applying)
    );
    return run_until_done(
        setup.context, make_again(setup, applier, *store, channel, core->known(wish_for(channel))),
        [&applier] { applier.interrupt(); }
    );
}

}  // namespace

ExitCode undelete_command(const CommonOptions& common, const HandOverOptions& options) {
    Setup setup(common);
    return options.name.empty() ? list(setup, common) : undelete(setup, common, options);
}

}  // namespace fairway
