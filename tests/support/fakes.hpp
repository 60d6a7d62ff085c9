#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reconciler/model/manifest_snapshot.hpp"
#include "reconciler/ports/channel_api.hpp"
#include "reconciler/ports/clock.hpp"
#include "reconciler/ports/state_store.hpp"

namespace fairway {

/// Thrown where the process dies in a test.
struct Killed {};

/// Dies at the n-th moment: before or after any call that leaves the process.
struct Killer {
    int at = 0, moment = 0;
    void pass() {
        if (++moment == at) throw Killed{};
    }
};

/// Draws nothing: every jitter is the whole delay but a little.
class FixedEntropy : public Entropy {
public:
    double random01() override { return value; }
    double value = 0.5;
};

/// What a call may meet in the fake cloud.
enum class Fate { fine, refused, lost_before, lost_after, throttled, throttled_after, halfway };

/// The cloud in memory: one row per (instance, name), defaults filled in as the real one does.
class FakeCloud : public ChannelApi {
public:
    FakeCloud(Clock& clock, Killer& killer) : clock_(clock), killer_(killer) {}

    std::vector<InstanceChannel> rows;
    std::vector<std::string> calls;  ///< "create VPC_demo", in order
    std::function<Fate(const std::string& call)> fate = [](const std::string&) { return Fate::fine; };
    std::set<InstanceId> name_modifiable_on;
    bool answers_ids = true;
    std::function<void()> while_held_back = [] {};  ///< what comes before a write leaves
    Duration create_takes{};

    std::size_t writes() const {
        return static_cast<std::size_t>(std::count_if(
            calls.begin(), calls.end(),
            [](const std::string& call) {
                return call.starts_with("create") || call.starts_with("put") ||
                       call.starts_with("remove") || call.starts_with("members");
            }
        ));
    }
    std::vector<InstanceChannel*> of(const std::string& name) {
        std::vector<InstanceChannel*> found;
        for (InstanceChannel& row : rows) {
            if (row.name == name) found.push_back(&row);
        }
        return found;
    }
    void plant(const std::string& name, const ChannelSpec& spec, const InstanceId& instance) {
        rows.push_back(make_row(name, spec, instance));
    }

    Task<Result<ObservedChannel>> find(ChannelKey key) override {
        const Fate met = begin("find " + key.name);
        if (met != Fate::fine) co_return failure(met, false);
        ObservedChannel seen;
        seen.observed_at = clock_.wall();
        for (const InstanceChannel& row : rows) {
            if (row.name == key.name) seen.rows.push_back(row);
        }
        killer_.pass();
        co_return seen;
    }
    Task<Result<std::vector<InstanceChannel>>> list(std::string project) override {
        const Fate met = begin("list " + project);
        if (met != Fate::fine) co_return failure(met, false);
        co_return rows;
    }
    Task<Result<InstanceChannel>> show(ChannelKey key, InstanceId instance, std::string id) override {
        const Fate met = begin("show " + key.name);
        if (met != Fate::fine) co_return failure(met, false);
        for (const InstanceChannel& row : rows) {
            if (row.instance == instance && row.id == id) co_return row;
        }
        co_return Error(ErrorClass::not_found, ErrorReason::not_found, "no such channel");
    }
    Task<Result<std::vector<InstanceChannel>>> create(ChannelKey key, ChannelSpec spec, MaySend may_send)
        override {
        while_held_back();
        if (may_send && !may_send())
            co_return Error(ErrorClass::retryable, ErrorReason::guard, "not sent");
        const Fate met = begin("create " + key.name);
        co_await clock_.sleep_until(clock_.now() + create_takes);
        if (met == Fate::throttled) co_return throttled();
        if (met == Fate::refused || met == Fate::lost_before) co_return failure(met, true);
        if (!of(key.name).empty()) {
            ApiFault fault{400, "APIG.3208", "r1"};
            co_return Error(ErrorClass::conflict, ErrorReason::conflict, "the name exists")
                .with(std::move(fault));
        }
        std::vector<InstanceChannel> made;
        for (const InstanceId& instance : spec.instance_ids) {
            made.push_back(make_row(key.name, spec, instance));
            if (met == Fate::halfway) break;
        }
        rows.insert(rows.end(), made.begin(), made.end());
        killer_.pass();
        if (met == Fate::lost_after || met == Fate::halfway) co_return failure(met, true);
        if (met == Fate::throttled_after) co_return throttled();
        if (!answers_ids) {
            for (InstanceChannel& row : made) row.id.clear();
        }
        co_return made;
    }
    Task<Result<>> put(ChannelKey key, ChannelSpec spec, MaySend may_send) override {
        while_held_back();
        if (may_send && !may_send())
            co_return Error(ErrorClass::retryable, ErrorReason::guard, "not sent");
        const Fate met = begin("put " + key.name);
        if (met == Fate::refused || met == Fate::lost_before || met == Fate::throttled)
            co_return failure(met, true);
        for (const InstanceId& instance : spec.instance_ids) {
            InstanceChannel next = make_row(key.name, spec, instance);
            bool found = false;
            for (InstanceChannel* row : of(key.name)) {
                if (row->instance != instance) continue;
                next.id = row->id;
                next.create_time = row->create_time;
                *row = next;
                found = true;
            }
            if (!found) rows.push_back(next);
            if (met == Fate::halfway) break;
        }
        killer_.pass();
        if (met == Fate::lost_after || met == Fate::halfway) co_return failure(met, true);
        co_return Result<>();
    }
    Task<Result<>> remove(ChannelKey key, InstanceId instance, std::string id, MaySend may_send)
        override {
        while_held_back();
        if (may_send && !may_send())
            co_return Error(ErrorClass::retryable, ErrorReason::guard, "not sent");
        const Fate met = begin("remove " + key.name + " " + instance);
        if (met == Fate::refused) {
            co_return Error(ErrorClass::conflict, ErrorReason::conflict, "an API uses it")
                .with({403, "APIG.3414", "r1"});
        }
        if (met == Fate::lost_before || met == Fate::throttled) co_return failure(met, true);
        const std::size_t gone = std::erase_if(rows, [&](const InstanceChannel& row) {
            return row.instance == instance && row.id == id;
        });
        killer_.pass();
        if (met == Fate::lost_after || met == Fate::halfway) co_return failure(met, true);
        if (gone == 0) co_return Error(ErrorClass::not_found, ErrorReason::not_found, "no such channel");
        co_return Result<>();
    }
    Task<Result<>> put_members(ChannelKey key, InstanceId instance, std::string id, ChannelSpec spec)
        override {
        const Fate met = begin("members " + key.name + " " + instance);
        if (met == Fate::refused || met == Fate::lost_before || met == Fate::throttled)
            co_return failure(met, true);
        for (InstanceChannel* row : of(key.name)) {
            if (row->id == id) row->spec.members = make_row(key.name, spec, instance).spec.members;
        }
        killer_.pass();
        if (met == Fate::lost_after || met == Fate::halfway) co_return failure(met, true);
        co_return Result<>();
    }
    Task<Result<std::vector<GatewayInstance>>> instances(std::string) override {
        co_return std::vector<GatewayInstance>{};
    }
    Task<Result<bool>> name_modifiable(std::string, InstanceId instance) override {
        calls.push_back("features " + instance);
        co_return name_modifiable_on.contains(instance);
    }
    Task<Result<std::vector<Quota>>> quotas(std::string, InstanceId) override {
        co_return std::vector<Quota>();
    }

private:
    Fate begin(std::string call) {
        killer_.pass();
        calls.push_back(call);
        return fate(call);
    }
    /// Of a create: nobody says whether it was done.
    static Error throttled() {
        Error error(ErrorClass::throttled, ErrorReason::throttled, "slow down");
        return std::move(error).with({429, "APIGW.0308", "r1"}).unsure();
    }
    static Error failure(Fate met, bool write) {
        if (met == Fate::refused) return Error(ErrorClass::terminal, ErrorReason::validation, "refused");
        if (met == Fate::throttled)
            return Error(ErrorClass::throttled, ErrorReason::throttled, "slow down");
        Error lost(ErrorClass::retryable, ErrorReason::network, "connection reset");
        return write ? std::move(lost).unsure() : lost;
    }
    InstanceChannel make_row(
        const std::string& name, const ChannelSpec& spec, const InstanceId& instance
    ) {
        InstanceChannel row;
        row.instance = instance;
        row.name = name;
        row.id = "id" + std::to_string(++made_);
        row.create_time = clock_.wall();
        row.spec = spec;
        row.spec.instance_ids.clear();
        row.spec.dict_code = "";
        if (!row.spec.member_groups) row.spec.member_groups.emplace();
        if (!row.spec.members) row.spec.members.emplace();
        for (Member& member : *row.spec.members) {
            if (member.port.value_or(0) == 0) member.port = spec.port;
            if (!member.status) member.status = AdminStatus::available;
            if (!member.ecs_id) member.ecs_id = member.host;
        }
        row.members_known = row.health_known = true;
        return row;
    }

    Clock& clock_;
    Killer& killer_;
    int made_ = 0;
};

/// The store in memory; what save() returned is there after a "crash".
class FakeStore : public StateStore {
public:
    explicit FakeStore(Killer& killer) : killer_(killer) {}

    std::map<ChannelKey, Record> rows;
    std::map<ChannelKey, ObservedChannel> seen;
    std::vector<HistoryEntry> entries;
    std::vector<DeletedChannel> buried;
    std::vector<Directive> told;

    Task<Result<std::optional<Record>>> load(ChannelKey key) override {
        killer_.pass();
        const auto it = rows.find(key);
        co_return it == rows.end() ? std::optional<Record>{} : std::optional<Record>(it->second);
    }
    Task<Result<std::map<ChannelKey, Record>>> load_all() override { co_return rows; }
    Task<Result<std::uint64_t>> save(ChannelKey key, Record record) override {
        killer_.pass();
        const auto it = rows.find(key);
        const std::uint64_t stored = it == rows.end() ? 0 : it->second.revision;
        if (stored != record.revision) {
            co_return Error(
                ErrorClass::conflict, ErrorReason::internal, "the row was changed by someone else"
            );
        }
        ++record.revision;
        rows[key] = record;
        killer_.pass();
        co_return record.revision;
    }
    Task<Result<>> forget(ChannelKey key) override {
        killer_.pass();
        rows.erase(key);
        seen.erase(key);
        killer_.pass();
        co_return Result<>();
    }
    Task<Result<>> bury(ChannelKey key, WallTime at) override {
        killer_.pass();
        const auto it = rows.find(key);
        if (it != rows.end() && it->second.pending) buried.push_back({key, at, *it->second.pending});
        rows.erase(key);
        seen.erase(key);
        killer_.pass();
        co_return Result<>();
    }
    Task<Result<std::vector<DeletedChannel>>> deleted() override { co_return buried; }
    Task<Result<>> direct(Directive directive) override {
        told.push_back(std::move(directive));
        co_return Result<>();
    }
    Task<Result<>> take_back(Directive directive) override {
        std::erase_if(told, [&](const Directive& one) {
            return one.kind == directive.kind && one.project == directive.project &&
                   one.subject == directive.subject;
        });
        co_return Result<>();
    }
    Task<Result<std::vector<Directive>>> directives() override { co_return told; }
    Task<Result<>> observe(std::vector<StoredObservation> observed) override {
        for (StoredObservation& one : observed) seen[one.key] = std::move(one.seen);
        co_return Result<>();
    }
    Task<Result<std::vector<StoredObservation>>> observations() override {
        std::vector<StoredObservation> all;
        for (const auto& [key, channel] : seen) all.push_back({key, channel});
        co_return all;
    }
    Task<Result<>> note(HistoryEntry entry) override {
        entries.push_back(std::move(entry));
        co_return Result<>();
    }
    Task<Result<std::vector<HistoryEntry>>> history(ChannelKey, std::size_t) override {
        co_return entries;
    }
    Task<Result<std::size_t>> deletes_since(std::string project, WallTime since) override {
        co_return static_cast<std::size_t>(std::count_if(
            entries.begin(), entries.end(),
            [&](const HistoryEntry& entry) {
                return entry.key.project == project && entry.at >= since && entry.action == "delete" &&
                       entry.result != "error";
            }
        ));
    }

private:
    Killer& killer_;
};

}  // namespace fairway
