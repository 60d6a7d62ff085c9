#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "controller/codec/json_put.hpp"
#include "controller/report/annotations.hpp"
#include "controller/report/plain_text.hpp"

namespace fairway {
namespace {

using Writer = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

/// A path as a relative reference, or as a file: address where it is absolute.
std::string uri_of(std::string_view path) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view safe = "-._~/!$&'()*+,;=@";
    std::string out = path.starts_with('/') ? "file://" : "";
    for (const char c : path) {
        const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (word || safe.find(c) != std::string_view::npos) {
            out += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        out += '%';
        out += digits[byte >> 4U];
        out += digits[byte & 15U];
    }
    return out;
}

void put_message(Writer& json, std::string_view name, std::string_view text) {
    put_key(json, name);
    json.StartObject();
    put(json, "text", plain(text));
    json.EndObject();
}

void put_rule(Writer& json, const std::string& rule, const std::vector<SchemaField>& fields) {
    const auto field = std::find_if(fields.begin(), fields.end(), [&](const SchemaField& one) {
        return one.path == rule;
    });
    json.StartObject();
    put(json, "id", rule);
    if (field != fields.end()) {
        put_message(json, "shortDescription", field->title);
        put_message(json, "fullDescription", field->description);
        put_message(json, "help", "fairway explain " + rule);
    } else {
        const bool cloud = rule == cloud_rule;
        put_message(json, "shortDescription", cloud ? "What the cloud says" : "Manifest");
        put_message(
            json, "fullDescription",
            cloud ? "The cloud has no place for what the manifests declare."
                  : "The document or file as a whole cannot be read as a manifest."
        );
    }
    json.EndObject();
}

void put_location(Writer& json, const Place& place) {
    json.StartObject();
    put_key(json, "physicalLocation");
    json.StartObject();
    put_key(json, "artifactLocation");
    json.StartObject();
    put(json, "uri", uri_of(place.file));
    if (!place.file.starts_with('/')) put(json, "uriBaseId", "%SRCROOT%");
    json.EndObject();
    if (place.line > 0) {
        put_key(json, "region");
        json.StartObject();
        put(json, "startLine", place.line);
        put(json, "startColumn", place.column);
        json.EndObject();
    }
    json.EndObject();
    json.EndObject();
}

void put_result(Writer& json, const Annotation& one, const std::set<std::string>& rules) {
    json.StartObject();
    put(json, "ruleId", one.rule);
    put(json, "ruleIndex", static_cast<std::size_t>(std::distance(rules.begin(), rules.find(one.rule))));
    put(json, "level", one.severity == Severity::warning ? "warning" : "error");
    put_message(json, "message", one.message);
    put_key(json, "locations");
    json.StartArray();
    if (!one.place.file.empty()) put_location(json, one.place);
    json.EndArray();
    json.EndObject();
}

}  // namespace

std::string to_sarif(
    const std::vector<Annotation>& annotations, const std::vector<SchemaField>& fields,
    const std::string& version
) {
    std::set<std::string> rules;
    for (const Annotation& one : annotations) rules.insert(one.rule);
    rapidjson::StringBuffer buffer;
    Writer json(buffer);
    json.SetIndent(' ', 2);
    json.StartObject();
    put(json, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    put(json, "version", "2.1.0");
    put_key(json, "runs");
    json.StartArray();
    json.StartObject();
    put_key(json, "tool");
    json.StartObject();
    put_key(json, "driver");
    json.StartObject();
    put(json, "name", "Fairway");
    put(json, "version", version);
    put_key(json, "rules");
    json.StartArray();
    for (const std::string& rule : rules) put_rule(json, rule, fields);
    json.EndArray();
    json.EndObject();
    json.EndObject();
    put(json, "columnKind", "unicodeCodePoints");
    put_key(json, "results");
    json.StartArray();
    for (const Annotation& one : annotations) put_result(json, one, rules);
    json.EndArray();
    json.EndObject();
    json.EndArray();
    json.EndObject();
    return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

}  // namespace fairway
