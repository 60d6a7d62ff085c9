#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "controller/report/report.hpp"

namespace fairway {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void put(Writer& json, const char* key, std::string_view text) {
    json.Key(key);
    json.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void put(Writer& json, const char* key, std::size_t number) {
    json.Key(key);
    json.Uint64(number);
}

void put_instances(Writer& json, const std::vector<InstanceId>& instances) {
    json.Key("instances");
    json.StartArray();
    for (const InstanceId& instance : instances) {
        json.String(instance.data(), static_cast<rapidjson::SizeType>(instance.size()));
    }
    json.EndArray();
}

void put_change(Writer& json, const ReportedChange& change) {
    json.StartObject();
    put(json, "project", change.key.project);
    put(json, "name", change.key.name);
    put(json, "action", to_string(change.action));
    put(json, "outcome", to_string(change.outcome));
    put_instances(json, change.instances);
    json.Key("fields");
    json.StartArray();
    for (const ReportedField& field : change.fields) {
        json.StartObject();
        put(json, "path", field.path);
        put(json, "before", field.before);
        put(json, "after", field.after);
        put(json, "reason", field.reason);
        put_instances(json, field.instances);
        json.EndObject();
    }
    json.EndArray();
    if (!change.why.empty()) put(json, "why", change.why);
    json.EndObject();
}

void put_error(Writer& json, const ReportedError& error) {
    json.StartObject();
    put(json, "project", error.key.project);
    put(json, "name", error.key.name);
    put(json, "code", error.code);
    put(json, "message", error.message);
    put(json, "class", error.error_class);
    json.Key("retryable");
    json.Bool(error.retryable);
    put(json, "request_id", error.request_id);
    put(json, "file", error.place.file);
    json.Key("line");
    json.Int(error.place.line);
    json.Key("column");
    json.Int(error.place.column);
    json.EndObject();
}

}  // namespace

std::string to_json(const Report& report) {
    rapidjson::StringBuffer buffer;
    Writer json(buffer);
    json.StartObject();
    put(json, "apiVersion", "fairway.report/v1");
    json.Key("summary");
    json.StartObject();
    put(json, "create", report.count(ChangeAction::create));
    put(json, "adopt", report.count(ChangeAction::adopt));
    put(json, "update", report.count(ChangeAction::update));
    put(json, "delete", report.count(ChangeAction::delete_));
    put(json, "replace", report.count(ChangeAction::replace));
    put(json, "release", report.count(ChangeAction::release));
    put(json, "wait", report.count(ChangeAction::wait));
    put(json, "refused", report.count(ChangeAction::refused));
    put(json, "left", report.count(ChangeAction::left));
    put(json, "unchanged", report.unchanged);
    put(json, "failed", report.count(ChangeOutcome::failed));
    json.EndObject();
    json.Key("changes");
    json.StartArray();
    for (const ReportedChange& change : report.changes) put_change(json, change);
    json.EndArray();
    json.Key("warnings");
    json.StartArray();
    for (const std::string& warning : report.warnings) {
        json.String(warning.data(), static_cast<rapidjson::SizeType>(warning.size()));
    }
    json.EndArray();
    json.Key("errors");
    json.StartArray();
    for (const ReportedError& error : report.errors) put_error(json, error);
    json.EndArray();
    json.EndObject();
    return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

}  // namespace fairway
