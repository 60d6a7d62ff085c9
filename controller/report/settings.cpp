#include "controller/report/settings.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "controller/codec/json_put.hpp"

namespace fairway {
namespace {

using Kind = SettingOrigin::Kind;

std::string_view word_of(Kind kind) {
    switch (kind) {
        case Kind::file:
            return "file";
        case Kind::environment:
            return "environment";
        case Kind::derived:
            return "derived";
        case Kind::usual:
            break;
    }
    return "default";
}

}  // namespace

std::string SettingOrigin::text(const std::string& file) const {
    switch (kind) {
        case Kind::file:
            return file + ':' + std::to_string(line) + ':' + std::to_string(column);
        case Kind::environment:
            return "environment variable " + name;
        case Kind::derived:
            return "default, from " + name;
        case Kind::usual:
            break;
    }
    return "default";
}

std::string settings_json(const Settings& settings) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
    json.StartObject();
    put(json, "apiVersion", "fairway.report/v1");
    put(json, "file", settings.file);
    put(json, "file_given_by", settings.file_given_by);
    json.Key("settings");
    json.StartArray();
    for (const Setting& setting : settings.values) {
        json.StartObject();
        put(json, "path", setting.path);
        put_key(json, "value");
        if (setting.literal) {
            json.RawValue(setting.value.data(), setting.value.size(), rapidjson::kNumberType);
        } else {
            put_text(json, setting.value);
        }
        put(json, "origin", word_of(setting.origin.kind));
        if (setting.origin.kind == Kind::file) {
            put(json, "line", setting.origin.line);
            put(json, "column", setting.origin.column);
        }
        if (setting.origin.kind == Kind::environment) put(json, "variable", setting.origin.name);
        if (setting.origin.kind == Kind::derived) put(json, "from", setting.origin.name);
        json.EndObject();
    }
    json.EndArray();
    json.EndObject();
    return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

}  // namespace fairway
