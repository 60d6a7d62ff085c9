#include "controller/report/field_help.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <string_view>

#include "controller/codec/json_put.hpp"

namespace fairway {
namespace {

std::string joined(const std::vector<std::string>& texts, std::string_view between) {
    std::string out;
    for (const std::string& text : texts) (out += out.empty() ? "" : between) += text;
    return out;
}

void add(std::string& text, std::string_view what, const std::string& value) {
    if (value.empty()) return;
    text += "  " + std::string(what) + std::string(10 - what.size(), ' ') + value + "\n";
}

}  // namespace

std::string field_text(const SchemaField& field) {
    std::string text = field.path + "  " + field.title + "\n  " + field.description + "\n\n";
    add(text, "type", field.type);
    add(text, "one of", joined(field.words, ", "));
    add(text, "bounds", joined(field.bounds, ", "));
    add(text, "pattern", field.pattern);
    add(text, "required", field.required ? "yes" : "no");
    add(text, "default", field.default_value);
    add(text, "example", joined(field.examples, "  or  "));
    add(text, "API", field.api.empty() ? "not sent" : field.api + " of the create request");
    return text;
}

std::string field_list(const std::vector<SchemaField>& fields) {
    std::size_t width = 0;
    for (const SchemaField& field : fields) width = std::max(width, field.path.size());
    std::string text;
    for (const SchemaField& field : fields) {
        text += field.path + std::string(width - field.path.size() + 2, ' ') + field.title + "\n";
    }
    return text;
}

std::string fields_json(const std::vector<SchemaField>& fields) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
    json.StartObject();
    put(json, "apiVersion", "fairway.report/v1");
    put_key(json, "fields");
    json.StartArray();
    for (const SchemaField& field : fields) {
        json.StartObject();
        put(json, "path", field.path);
        put(json, "title", field.title);
        put(json, "description", field.description);
        put(json, "type", field.type);
        put(json, "words", field.words);
        put(json, "bounds", field.bounds);
        put(json, "pattern", field.pattern);
        put(json, "required", field.required);
        put(json, "default", field.default_value);
        put(json, "examples", field.examples);
        put(json, "api", field.api);
        json.EndObject();
    }
    json.EndArray();
    json.EndObject();
    return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

}  // namespace fairway
