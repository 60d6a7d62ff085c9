#include "controller/report/state_table.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <set>

#include "controller/codec/channel_json.hpp"
#include "controller/codec/json_put.hpp"
#include "controller/report/plain_text.hpp"
#include "controller/report/text_table.hpp"
#include "reconciler/plan/action.hpp"

namespace fairway {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

struct Verdict {
    std::string state, why;
};

Verdict judge(const Decision& decision, const std::string& way_out) {
    if (std::holds_alternative<Nothing>(decision.action)) return {"Synced", {}};
    if (const auto* stall = std::get_if<Stall>(&decision.action)) return {"Stalled", stall->why};
    if (const auto* leave = std::get_if<Leave>(&decision.action)) {
        switch (leave->kind) {
            case Leave::Kind::suspended:
                return {"Suspended", leave->why};
            case Leave::Kind::unwanted:
                return {"Unmanaged", leave->why};
            case Leave::Kind::held:
                return {"OutOfSync", leave->why};
            case Leave::Kind::drift:
                return {"Drifted", leave->why};
            case Leave::Kind::unreadable:
                return {"Stalled", leave->why};
        }
    }
    if (const auto* step = std::get_if<Delete>(&decision.action)) {
        if (step->cause == Delete::Cause::removed)
            return {"Unmanaged", "the manifest is gone; " + way_out};
        return {
            "OutOfSync",
            "still on " + step->rows.front().first + ", which the manifest no longer names"};
    }
    if (std::holds_alternative<Forget>(decision.action)) return {"Unmanaged", "the manifest is gone"};
    if (const auto* wait = std::get_if<Wait>(&decision.action)) return {"OutOfSync", wait->why};
    return {decision.drifted ? "Drifted" : "OutOfSync", {}};
}

}  // namespace

std::vector<ChannelRow> state_rows(
    const std::map<ChannelKey, Record>& records, const std::vector<StoredObservation>& observations,
    const ManifestSnapshot& wish, WallTime now, Duration settle,
    const std::map<ChannelKey, Suspension>& suspended, const std::string& way_out
) {
    std::map<ChannelKey, const ObservedChannel*> seen;
    for (const StoredObservation& one : observations) seen.emplace(one.key, &one.seen);
    std::set<ChannelKey> keys;
    for (const auto& [key, record] : records) keys.insert(key);
    for (const auto& [key, manifest] : wish.manifests) keys.insert(key);
    keys.insert(wish.unreadable.begin(), wish.unreadable.end());

    const ObservedChannel nothing;
    std::vector<ChannelRow> rows;
    for (const ChannelKey& key : keys) {
        const auto record = records.find(key);
        const auto look = seen.find(key);
        const Record* ours = record == records.end() ? nullptr : &record->second;
        const ObservedChannel& channel = look == seen.end() ? nothing : *look->second;
        ChannelRow row;
        row.key = key;
        row.observed_at = channel.observed_at;
        if (ours != nullptr) {
            row.phase = to_string(ours->phase);
            row.ids = ours->ids;
        }
        const Manifest* manifest = wish.find(key);
        if (manifest != nullptr) row.instances_wanted = manifest->spec.instance_ids.size();
        for (const InstanceChannel& live : channel.rows) {
            const auto id = row.ids.find(live.instance);
            if (id != row.ids.end() && id->second == live.id) ++row.instances_ready;
        }
        if (wish.unreadable.contains(key)) {
            row.state = "Stalled";
            row.why = "its manifest cannot be read";
        } else if (ours == nullptr && look == seen.end()) {
            row.state = "OutOfSync";
            row.why = "not created yet";
        } else {
            Situation at{manifest, ours, channel, now, settle};
            if (const auto said = suspended.find(key); said != suspended.end())
                at.suspended = said->second;
            const Verdict verdict = judge(next_action(at), way_out);
            row.state = verdict.state;
            row.why = verdict.why;
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

std::string state_text(const std::vector<ChannelRow>& rows, WallTime now) {
    std::vector<Cells> lines{{"PROJECT", "NAME", "STATE", "INSTANCES", "CHANGED", "REASON"}};
    for (const ChannelRow& row : rows) {
        lines.push_back(
            {plain(row.key.project), plain(row.key.name), row.state,
             std::to_string(row.instances_ready) + "/" + std::to_string(row.instances_wanted),
             age(row.observed_at, now), plain(row.why)}
        );
    }
    return table(lines);
}

std::string state_json(const std::vector<ChannelRow>& rows) {
    rapidjson::StringBuffer buffer;
    Writer json(buffer);
    json.StartObject();
    put(json, "apiVersion", "fairway.report/v1");
    json.Key("channels");
    json.StartArray();
    for (const ChannelRow& row : rows) {
        json.StartObject();
        put(json, "project", row.key.project);
        put(json, "name", row.key.name);
        put(json, "state", row.state);
        put(json, "phase", row.phase);
        put(json, "why", row.why);
        json.Key("instances_ready");
        json.Uint64(row.instances_ready);
        json.Key("instances_wanted");
        json.Uint64(row.instances_wanted);
        json.Key("ids");
        json.StartObject();
        for (const auto& [instance, id] : row.ids) put(json, instance.c_str(), id);
        json.EndObject();
        put(json, "observed_at", row.observed_at == WallTime{} ? "" : format_time(row.observed_at));
        json.EndObject();
    }
    json.EndArray();
    json.EndObject();
    return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

std::string history_text(const std::vector<HistoryEntry>& entries) {
    std::vector<Cells> lines{
        {"TIME", "PROJECT", "NAME", "ACTION", "RESULT", "REVISION", "REQUEST", "DETAIL"}};
    for (const HistoryEntry& entry : entries) {
        const std::string revision = split_revision(entry.revision).first.substr(0, 12);
        lines.push_back(
            {format_time(entry.at), plain(entry.key.project), plain(entry.key.name), entry.action,
             entry.result, plain(revision), plain(entry.request_id), plain(entry.detail)}
        );
    }
    return table(lines);
}

std::pair<std::string, std::string> split_revision(const std::string& revision) {
    const auto space = revision.find(' ');
    if (space == std::string::npos) return {revision, {}};
    return {revision.substr(0, space), revision.substr(space + 1)};
}

std::string history_json(const std::vector<HistoryEntry>& entries) {
    rapidjson::StringBuffer buffer;
    Writer json(buffer);
    json.StartObject();
    put(json, "apiVersion", "fairway.report/v1");
    json.Key("history");
    json.StartArray();
    for (const HistoryEntry& entry : entries) {
        json.StartObject();
        put(json, "at", format_time(entry.at));
        put(json, "project", entry.key.project);
        put(json, "name", entry.key.name);
        put(json, "action", entry.action);
        put(json, "result", entry.result);
        put(json, "detail", entry.detail);
        const auto [revision, change] = split_revision(entry.revision);
        put(json, "revision", revision);
        if (!change.empty()) put(json, "change", change);
        put(json, "request_id", entry.request_id);
        json.EndObject();
    }
    json.EndArray();
    json.EndObject();
    return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

}  // namespace fairway
