#include "tests/simulator/json.hpp"

namespace apic_simulator {
namespace {

constexpr int deepest = 64;

bool too_deep(std::string_view text) {
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quoted) {
            if (c == '\\') ++i;
            if (c == '"') quoted = false;
        } else if (c == '"') {
            quoted = true;
        } else if (c == '{' || c == '[') {
            if (++depth > deepest) return true;
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return false;
}

}  // namespace

bool parse_json(JsonDocument& document, std::string_view text) {
    if (too_deep(text)) return false;
    constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag;
    document.Parse<flags>(text.data(), text.size());
    return !document.HasParseError();
}

const JsonValue* find(const JsonValue& object, std::string_view key) {
    for (auto member = object.MemberEnd(); member != object.MemberBegin();) {
        --member;
        if (std::string_view(member->name.GetString(), member->name.GetStringLength()) == key) {
            return member->value.IsNull() ? nullptr : &member->value;
        }
    }
    return nullptr;
}

std::string_view text_at(const JsonValue& object, std::string_view key) {
    if (!object.IsObject()) return {};
    const JsonValue* value = find(object, key);
    if (!value || !value->IsString()) return {};
    return {value->GetString(), value->GetStringLength()};
}

}  // namespace apic_simulator
