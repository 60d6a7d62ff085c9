#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string_view>

#include "controller/codec/channel_json.hpp"
#include "controller/codec/json_put.hpp"
#include "controller/report/defaults_json.hpp"
#include "controller/report/description.hpp"
#include "controller/report/state_table.hpp"

namespace fairway {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void put_time(Writer& json, const char* key, WallTime time) {
    put(json, key, std::string_view(time == WallTime{} ? std::string() : format_time(time)));
}

void put_map(Writer& json, const char* key, const std::map<std::string, std::string>& map) {
    json.Key(key);
    json.StartObject();
    for (const auto& [name, value] : map) put(json, name.c_str(), std::string_view(value));
    json.EndObject();
}

void put_manifest(Writer& json, const ChannelDescription& channel) {
    json.Key("manifest");
    if (channel.place.file.empty() && channel.problem.empty()) {
        json.Null();
        return;
    }
    json.StartObject();
    put(json, "file", channel.place.file);
    put(json, "line", channel.place.line);
    put(json, "column", channel.place.column);
    put(json, "problem", channel.problem);
    json.EndObject();
}

void put_row(Writer& json, const ChannelDescription& channel) {
    json.Key("row");
    if (!channel.phase) {
        json.Null();
        return;
    }
    json.StartObject();
    put(json, "phase", to_string(*channel.phase));
    put(json, "origin", to_string(channel.origin));
    put_time(json, "since", channel.phase_since);
    json.EndObject();
}

void put_members(Writer& json, const DescribedInstance& one) {
    json.Key("members");
    if (!one.members_known) {
        json.Null();
        return;
    }
    json.StartArray();
    for (const DescribedMember& member : one.members) {
        json.StartObject();
        put(json, "address", member.address);
        put(json, "member_group_name", member.group);
        put(json, "weight", member.weight);
        put(json, "is_backup", member.is_backup);
        put(json, "available", member.available);
        put(json, "health", to_string(member.health));
        json.EndObject();
    }
    json.EndArray();
}

void put_instance(Writer& json, const DescribedInstance& one) {
    json.StartObject();
    put(json, "instance", one.instance);
    put(json, "instance_name", one.instance_name);
    put(json, "id", one.id);
    put(json, "wanted", one.wanted);
    put(json, "present", one.present);
    put(json, "ours", one.ours);
    put(json, "status", one.status ? to_string(*one.status) : std::string_view());
    put_time(json, "created_at", one.created_at);
    put_time(json, "seen_at", one.seen_at);
    json.Key("fields");
    json.StartArray();
    for (const FieldChange& change : one.fields) {
        json.StartObject();
        put(json, "path", change.field.path);
        put(json, "before", change.field.before);
        put(json, "after", change.field.after);
        put(json, "reason", to_string(change.reason));
        json.EndObject();
    }
    json.EndArray();
    put_members(json, one);
    json.EndObject();
}

void put_attempt(Writer& json, const HistoryEntry& entry) {
    json.StartObject();
    put_time(json, "at", entry.at);
    put(json, "action", entry.action);
    put(json, "result", entry.result);
    put(json, "detail", entry.detail);
    const auto [revision, change] = split_revision(entry.revision);
    put(json, "revision", revision);
    if (!change.empty()) put(json, "change", change);
    put(json, "request_id", entry.request_id);
    json.EndObject();
}

}  // namespace

std::string description_json(const ChannelDescription& channel) {
    rapidjson::StringBuffer buffer;
    Writer json(buffer);
    json.StartObject();
    put(json, "apiVersion", "fairway.report/v1");
    put(json, "project", channel.key.project);
    put(json, "name", channel.key.name);
    put_manifest(json, channel);
    put_map(json, "labels", channel.labels);
    put_map(json, "annotations", channel.annotations);
    put(json, "deletion", channel.deletion ? to_string(*channel.deletion) : std::string_view());
    put_row(json, channel);
    put_defaults(json, channel.inherited);
    json.Key("conditions");
    json.StartArray();
    for (const Condition& condition : channel.conditions) {
        json.StartObject();
        put(json, "type", condition.type);
        put(json, "status", condition.status);
        put(json, "reason", condition.reason);
        json.EndObject();
    }
    json.EndArray();
    json.Key("instances");
    json.StartArray();
    for (const DescribedInstance& one : channel.instances) put_instance(json, one);
    json.EndArray();
    json.Key("attempts");
    json.StartArray();
    for (const HistoryEntry& entry : channel.attempts) put_attempt(json, entry);
    json.EndArray();
    json.EndObject();
    return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

}  // namespace fairway
