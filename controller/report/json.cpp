#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "controller/codec/json_put.hpp"
#include "controller/report/defaults_json.hpp"
#include "controller/report/report.hpp"

namespace fairway {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

void put_change(Writer& json, const ReportedChange& change) {
    json.StartObject();
    put(json, "project", change.key.project);
    put(json, "name", change.key.name);
    put(json, "action", to_string(change.action));
    put(json, "outcome", to_string(change.outcome));
    put(json, "instances", change.instances);
    json.Key("fields");
    json.StartArray();
    for (const ReportedField& field : change.fields) {
        json.StartObject();
        put(json, "path", field.path);
        put(json, "before", field.before);
        put(json, "after", field.after);
        put(json, "reason", field.reason);
        put(json, "instances", field.instances);
        if (!field.from.empty()) put(json, "from", field.from);
        json.EndObject();
    }
    json.EndArray();
    if (!change.defaults.empty()) put_defaults(json, change.defaults);
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
    put(json, "retryable", error.retryable);
    put(json, "request_id", error.request_id);
    put(json, "file", error.place.file);
    put(json, "line", error.place.line);
    put(json, "column", error.place.column);
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
    put(json, "warnings", report.warnings);
    json.Key("errors");
    json.StartArray();
    for (const ReportedError& error : report.errors) put_error(json, error);
    json.EndArray();
    json.EndObject();
    return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

}  // namespace fairway
