#include "reconciler/engine/observer.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "reconciler/engine/live_print.hpp"
#include "reconciler/engine/looks.hpp"
#include "reconciler/model/fingerprint.hpp"

namespace fairway {
namespace {

Record presume(const ObservedChannel& channel) {
    Record record;
    record.phase = Phase::ready;
    for (const InstanceChannel& row : channel.rows) record.ids.emplace(row.instance, row.id);
    return record;
}

/// Rows that were to be deleted and are not there, though nothing tells that they went.
std::size_t gone_unheard(const Record& record, const ObservedChannel& seen) {
    if (record.phase != Phase::deleting) return 0;
    const auto missing = [&](const auto& ours) {
        return std::none_of(seen.rows.begin(), seen.rows.end(), [&](const InstanceChannel& row) {
            return row.instance == ours.first && row.id == ours.second;
        });
    };
    return static_cast<std::size_t>(std::count_if(record.ids.begin(), record.ids.end(), missing));
}

}  // namespace

std::string Survey::digest() const {
    Fingerprint print;
    print.add(project);
    for (const auto& [key, finding] : findings) {
        print.add(key.name).add(std::to_string(finding.decision.action.index()));
        for (const FieldChange& change : finding.decision.changes) {
            print.add(change.instance).add(change.field.path).add(change.field.before);
            print.add(change.field.after).add(to_string(change.reason));
        }
        // What is written over or deleted was looked at as it was, and not only where it differs.
        const Action& action = finding.decision.action;
        const bool stays =
            std::holds_alternative<Leave>(action) || std::holds_alternative<Stall>(action);
        std::vector<const InstanceChannel*> rows;
        for (const InstanceChannel& row : finding.seen.rows) rows.push_back(&row);
        std::sort(rows.begin(), rows.end(), [](const auto* a, const auto* b) {
            return std::tie(a->instance, a->id) < std::tie(b->instance, b->id);
        });
        for (const InstanceChannel* row : rows) {
            if (stays) {
                print.add(row->instance).add(row->id);
            } else {
                add_live(print, *row);
            }
        }
    }
    return print.hex();
}

std::set<ChannelKey> Survey::referred_to() const {
    std::map<std::string, ChannelKey> owners;  // of the rows, by id
    for (const auto& [key, finding] : findings) {
        for (const InstanceChannel& row : finding.seen.rows) owners.emplace(row.id, key);
    }
    std::set<ChannelKey> referred;
    for (const auto& [key, finding] : findings) {
        for (const std::string& id : ids_referred_to(finding.seen)) {
            const auto owner = owners.find(id);
            if (owner != owners.end() && owner->second != key) referred.insert(owner->second);
        }
    }
    return referred;
}

std::vector<InstanceId> Survey::instances_to_write() const {
    std::set<InstanceId> instances;
    for (const auto& [key, finding] : findings) {
        if (const auto* create = std::get_if<Create>(&finding.decision.action)) {
            instances.insert(create->spec.instance_ids.begin(), create->spec.instance_ids.end());
        } else if (const auto* update = std::get_if<Update>(&finding.decision.action)) {
            for (const ChannelSpec& put : update->puts) {
                instances.insert(put.instance_ids.begin(), put.instance_ids.end());
            }
        }
    }
    return {instances.begin(), instances.end()};
}

Task<Result<Survey>> Observer::survey(
    std::string project, std::shared_ptr<const ManifestSnapshot> wish
) {
    Result<std::map<ChannelKey, Record>> records = co_await store_.load_all();
    if (!records) co_return Error(records.error()).in("load");
    const WallTime asked_at = clock_.wall();
    Result<std::vector<InstanceChannel>> rows = co_await api_.list(project);
    metrics_.list_finished(project, rows ? ListResult::complete : ListResult::error, clock_.wall());
    if (!rows) co_return Error(rows.error()).in("list");

    std::map<ChannelKey, ObservedChannel> seen;
    for (InstanceChannel& row : *rows) {
        ObservedChannel& channel = seen[ChannelKey{project, row.name}];
        channel.observed_at = asked_at;
        channel.rows.push_back(std::move(row));
    }
    std::set<ChannelKey> keys;
    for (const auto& [key, manifest] : wish->manifests) {
        if (key.project == project) keys.insert(key);
    }
    for (const auto& [key, record] : *records) {
        if (key.project == project) keys.insert(key);
    }

    Survey survey;
    survey.project = project;
    survey.asked_at = asked_at;
    for (const auto& [key, channel] : seen) {
        if (!keys.contains(key)) ++survey.foreign;
    }
    std::vector<StoredObservation> observations;
    for (const ChannelKey& key : keys) {
        ObservedChannel channel;
        channel.observed_at = asked_at;
        if (auto found = seen.extract(key); !found.empty()) channel = std::move(found.mapped());
        const auto record = records->find(key);
        const Record* ours = record == records->end() ? nullptr : &record->second;
        const Record presumed = options_.presume_ours ? presume(channel) : Record{};
        if (ours == nullptr && options_.presume_ours && !channel.rows.empty()) ours = &presumed;
        if (ours != nullptr) {
            const std::size_t gone = gone_unheard(*ours, channel);
            survey.owned += ours->ids.size() - gone;
            survey.gone_unheard += gone;
        }
        const Situation at{
            wish->find(key),
            ours,
            channel,
            clock_.wall(),
            options_.settle,
            directions_.suspension(key),
            directions_.may_replace.contains(key)};
        Decision decision;
        if (wish->unreadable.contains(key)) {
            decision.action = Leave{Leave::Kind::unreadable, "its manifest cannot be read"};
        } else {
            decision = next_action(at);
            if (const auto* step = std::get_if<Show>(&decision.action)) {
                const Result<> shown = co_await show_rows(api_, key, *step, channel);
                if (!shown) co_return shown.error();
                decision = next_action(at);
            }
        }
        if (ours == &presumed && std::holds_alternative<Adopt>(decision.action))
            decision.action = Nothing{};
        if (std::holds_alternative<Nothing>(decision.action)) {
            survey.in_sync.push_back(key);
            observations.push_back({key, std::move(channel)});
            continue;
        }
        observations.push_back({key, channel});
        Finding finding{std::move(decision), std::move(channel), ours != nullptr};
        if (ours != nullptr) {
            finding.origin = ours->origin;
            finding.revision = ours->revision;
        }
        survey.findings.emplace(key, std::move(finding));
    }
    if (options_.remember) {
        const Result<> stored = co_await store_.observe(std::move(observations));
        if (!stored) co_return Error(stored.error()).in("store what was seen");
    }
    co_return std::move(survey);
}

}  // namespace fairway
