#include "controller/report/yaml.hpp"

#include <rapidjson/document.h>

#include <utility>

namespace fairway {
namespace {

std::string_view text_of(const rapidjson::Value& value) {
    return {value.GetString(), value.GetStringLength()};
}

std::string scalar(const rapidjson::Value& value, YamlText yaml_text) {
    if (value.IsString()) return yaml_text(text_of(value));
    if (value.IsNull()) return "null";
    if (value.IsBool()) return value.GetBool() ? "true" : "false";
    if (value.IsUint64()) return std::to_string(value.GetUint64());
    if (value.IsInt64()) return std::to_string(value.GetInt64());
    return std::to_string(value.GetDouble());
}

/// Our documents are a handful of levels deep, so that recursion ends.
class YamlWriter {
public:
    explicit YamlWriter(YamlText yaml_text) : yaml_text_(yaml_text) {}
    /// What is empty, or no container, stands on the line of its key; all else below, one level in.
    void put(const rapidjson::Value& value, const std::string& indent, bool on_key_line) {
        if (value.IsObject() && !value.ObjectEmpty()) return put_object(value, indent, on_key_line);
        if (value.IsArray() && !value.Empty()) return put_array(value, indent, on_key_line);
        const std::string text = value.IsObject()  ? "{}"
                                 : value.IsArray() ? "[]"
                                                   : scalar(value, yaml_text_);
        out_ += (on_key_line ? " " : "") + text + "\n";
    }
    std::string take() { return std::move(out_); }

private:
    void put_object(const rapidjson::Value& value, const std::string& indent, bool on_key_line) {
        if (on_key_line) out_ += "\n";
        bool first = !on_key_line;  // the first key of a list's item stands behind its dash
        for (const auto& member : value.GetObject()) {
            out_ += (first ? "" : indent) + yaml_text_(text_of(member.name)) + ":";
            first = false;
            put(member.value, indent + "  ", true);
        }
    }
    void put_array(const rapidjson::Value& value, const std::string& indent, bool on_key_line) {
        if (on_key_line) out_ += "\n";
        bool first = !on_key_line;
        for (const auto& item : value.GetArray()) {
            out_ += (first ? "" : indent) + "- ";
            first = false;
            put(item, indent + "  ", false);
        }
    }

    YamlText yaml_text_;
    std::string out_;
};

}  // namespace

std::string yaml_of_json(const std::string& json, YamlText yaml_text) {
    rapidjson::Document document;
    document.Parse(json.data(), json.size());
    YamlWriter yaml(yaml_text);
    yaml.put(document, "", false);
    return yaml.take();
}

}  // namespace fairway
