#include "controller/report/schema_fields.hpp"

#include <rapidjson/document.h>
#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace fairway {
namespace {

using rapidjson::Value;

const Value* member(const Value& node, const char* name) {
    if (!node.IsObject()) return nullptr;
    const auto it = node.FindMember(name);
    return it == node.MemberEnd() ? nullptr : &it->value;
}

std::string text_of(const Value* value) {
    return value != nullptr && value->IsString()
               ? std::string(value->GetString(), value->GetStringLength())
               : std::string();
}

/// As it is written in a manifest: text without its quotes.
std::string written(const Value& value) {
    if (value.IsString()) return text_of(&value);
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> json(buffer);
    value.Accept(json);
    return {buffer.GetString(), buffer.GetSize()};
}

std::string type_word(std::string_view type) {
    if (type == "string") return "text";
    if (type == "array") return "list";
    if (type == "object") return "mapping";
    return std::string(type);
}

std::string type_of(const Value& value) {
    return value.IsString() ? "text" : value.IsBool() ? "boolean" : "integer";
}

void add_type(std::string& types, const std::string& type) {
    if (type.empty() || types == type || types.ends_with(" or " + type)) return;
    types += (types.empty() ? "" : " or ") + type;
}

void add_range(
    SchemaField& field, const Value& node, const char* low, const char* high, const char* of
) {
    const Value *least = member(node, low), *most = member(node, high);
    if (least == nullptr && most == nullptr) return;
    std::string text = least == nullptr  ? "at most " + written(*most)
                       : most == nullptr ? "at least " + written(*least)
                                         : written(*least) + " to " + written(*most);
    text += of;
    if (text.ends_with(" 1 elements")) text.pop_back();
    field.bounds.push_back(std::move(text));
}

/// What `node` says of the values of `field`; of alternatives, what each of them says.
void add_values(SchemaField& field, const Value& node) {
    if (const Value* type = member(node, "type")) add_type(field.type, type_word(text_of(type)));
    if (const Value* value = member(node, "const")) {
        add_type(field.type, type_of(*value));
        field.words.push_back(
            value->IsString() && value->GetStringLength() == 0 ? "\"\"" : written(*value)
        );
    }
    if (const Value* values = member(node, "enum")) {
        for (const Value& value : values->GetArray()) {
            add_type(field.type, type_of(value));
            field.words.push_back(written(value));
        }
    }
    add_range(field, node, "minimum", "maximum", "");
    add_range(field, node, "minLength", "maxLength", " characters");
    add_range(field, node, "minItems", "maxItems", " elements");
    add_range(field, node, "minProperties", "maxProperties", " entries");
    const Value* unique = member(node, "uniqueItems");
    if (unique != nullptr && unique->IsTrue()) field.bounds.emplace_back("each once");
    if (field.pattern.empty()) field.pattern = text_of(member(node, "pattern"));
    const Value* any = member(node, "anyOf");
    if (any == nullptr || member(node, "type") != nullptr) return;
    for (const Value& one : any->GetArray()) add_values(field, one);
}

/// A manifest's spec is the body of the create request, but for its name.
std::string api_field(const std::string& path, const Value& node) {
    if (const Value* told = member(node, "x-api-field")) return text_of(told);
    constexpr std::string_view spec = "spec.";
    return path.starts_with(spec) ? path.substr(spec.size()) : std::string();
}

class Walk {
public:
    explicit Walk(const rapidjson::Document& schema) : schema_(schema) {}

    std::vector<SchemaField> run() && {
        enter(schema_, "", 0);
        return std::move(fields_);
    }

private:
    static constexpr int deepest = 32;  // a schema that refers to itself ends there

    const Value& resolved(const Value& node) const {
        const std::string at = text_of(member(node, "$ref"));
        if (!at.starts_with('#')) return node;
        const Value* target = rapidjson::Pointer(at.c_str() + 1, at.size() - 1).Get(schema_);
        return target == nullptr ? node : *target;
    }

    void enter(const Value& holder, const std::string& path, int depth) {
        const Value& node = resolved(holder);
        if (!node.IsObject() || depth > deepest) return;
        if (const Value* properties = member(node, "properties")) {
            for (const auto& property : properties->GetObject()) {
                const std::string name = text_of(&property.name);
                take(
                    property.value, path.empty() ? name : path + "." + name, requires_(node, name), depth
                );
            }
        }
        if (const Value* items = member(node, "items")) take(*items, path + "[]", false, depth);
        if (const Value* rest = member(node, "additionalProperties"))
            take(*rest, path + ".*", false, depth);
        for (const char* choice : {"oneOf", "anyOf", "allOf"}) {
            const Value* branches = member(node, choice);
            if (branches == nullptr) continue;
            for (const Value& branch : branches->GetArray()) enter(branch, path, depth + 1);
        }
        for (const char* branch : {"then", "else"}) {
            if (const Value* inner = member(node, branch)) enter(*inner, path, depth + 1);
        }
    }

    static bool requires_(const Value& node, const std::string& name) {
        const Value* list = member(node, "required");
        if (list == nullptr) return false;
        return std::any_of(list->Begin(), list->End(), [&](const Value& one) {
            return text_of(&one) == name;
        });
    }

    void take(const Value& holder, const std::string& path, bool required, int depth) {
        const Value& node = resolved(holder);
        // Whatever only narrows a field that is described elsewhere has no title.
        const bool described = !text_of(member(node, "title")).empty();
        const bool known = std::any_of(fields_.begin(), fields_.end(), [&](const SchemaField& field) {
            return field.path == path;
        });
        if (described && !known) fields_.push_back(read(node, path, required));
        enter(node, path, depth + 1);
    }

    static SchemaField read(const Value& node, const std::string& path, bool required) {
        SchemaField field;
        field.path = path;
        field.title = text_of(member(node, "title"));
        field.description = text_of(member(node, "description"));
        field.required = required;
        add_values(field, node);
        if (const Value* value = member(node, "default")) field.default_value = written(*value);
        if (const Value* examples = member(node, "examples")) {
            for (const Value& example : examples->GetArray()) field.examples.push_back(written(example));
        }
        field.api = api_field(path, node);
        return field;
    }

    const rapidjson::Document& schema_;
    std::vector<SchemaField> fields_;
};

/// Without brackets and what is in them.
std::string bare(std::string_view path) {
    std::string out;
    int depth = 0;
    for (const char c : path) {
        if (c == '[') ++depth;
        if (depth == 0) out += c;
        if (c == ']' && depth > 0) --depth;
    }
    return out;
}

}  // namespace

std::vector<SchemaField> schema_fields(std::string_view schema) {
    rapidjson::Document document;
    document.Parse(schema.data(), schema.size());
    if (document.HasParseError()) throw std::logic_error("the schema is no JSON");
    return Walk(document).run();
}

std::string schema_path(std::string_view problem_path, const std::vector<SchemaField>& fields) {
    std::string path, known;
    while (!problem_path.empty()) {
        const std::size_t end = std::min(problem_path.find_first_of(".[", 1), problem_path.size());
        const std::string_view part = problem_path.substr(0, end);
        path += part.starts_with('[') ? "[]" : part;
        problem_path.remove_prefix(end);
        const auto it = std::find_if(fields.begin(), fields.end(), [&](const SchemaField& field) {
            return field.path == path;
        });
        if (it == fields.end()) break;
        known = path;
    }
    return known;
}

FieldSearch find_field(const std::vector<SchemaField>& fields, std::string_view asked) {
    FieldSearch search;
    std::string wanted = bare(asked);
    while (wanted.starts_with('.')) wanted.erase(0, 1);
    for (const std::string& whole : {wanted, "spec." + wanted}) {
        for (const SchemaField& field : fields) {
            const bool element = field.path.ends_with("[]") && !asked.ends_with(']');
            if (element || bare(field.path) != whole) continue;
            search.found = &field;
            // `members[]` and `members` differ by the brackets alone.
            if (asked.ends_with(']') == field.path.ends_with(']')) return search;
        }
        if (search.found != nullptr) return search;
    }
    const SchemaField* last = nullptr;
    for (const SchemaField& field : fields) {
        if (field.path.ends_with("[]") || !bare(field.path).ends_with("." + wanted)) continue;
        search.several.push_back(field.path);
        last = &field;
    }
    if (search.several.size() != 1) return search;
    return {last, {}};
}

}  // namespace fairway
