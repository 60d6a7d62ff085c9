#include "controller/codec/control_json.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "controller/codec/json_put.hpp"

namespace fairway {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

std::optional<std::string> text_at(const rapidjson::Value& json, const char* key) {
    const auto it = json.FindMember(key);
    if (it == json.MemberEnd() || !it->value.IsString()) return std::nullopt;
    return std::string(it->value.GetString(), it->value.GetStringLength());
}

bool parse(rapidjson::Document& into, std::string_view json) {
    into.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
    return !into.HasParseError() && into.IsObject();
}

}  // namespace

std::string to_json(const Instruction& instruction) {
    rapidjson::StringBuffer buffer;
    Writer json(buffer);
    const Directive& directive = instruction.directive;
    json.StartObject();
    put(json, "kind", directive.kind == Directive::Kind::approval ? "approval" : "suspension");
    put(json, "project", directive.project);
    put(json, "subject", directive.subject);
    put(json, "reason", directive.reason);
    if (directive.until) put(json, "until", std::int64_t{directive.until->time_since_epoch().count()});
    put(json, "take_back", instruction.take_back);
    json.EndObject();
    return {buffer.GetString(), buffer.GetSize()};
}

std::optional<Instruction> parse_instruction(std::string_view text) {
    rapidjson::Document json;
    if (!parse(json, text)) return std::nullopt;
    const auto kind = text_at(json, "kind"), project = text_at(json, "project");
    const auto subject = text_at(json, "subject"), reason = text_at(json, "reason");
    if (!kind || !project || !subject || !reason || subject->empty()) return std::nullopt;
    if (*kind != "approval" && *kind != "suspension") return std::nullopt;
    Instruction instruction;
    instruction.directive.kind =
        *kind == "approval" ? Directive::Kind::approval : Directive::Kind::suspension;
    instruction.directive.project = *project;
    instruction.directive.subject = *subject;
    instruction.directive.reason = *reason;
    if (const auto until = json.FindMember("until"); until != json.MemberEnd()) {
        if (!until->value.IsInt64()) return std::nullopt;
        instruction.directive.until = WallTime(Duration(until->value.GetInt64()));
    }
    const auto take_back = json.FindMember("take_back");
    if (take_back == json.MemberEnd() || !take_back->value.IsBool()) return std::nullopt;
    instruction.take_back = take_back->value.GetBool();
    return instruction;
}

std::string to_json(const ChannelKey& key) {
    rapidjson::StringBuffer buffer;
    Writer json(buffer);
    json.StartObject();
    put(json, "project", key.project);
    put(json, "name", key.name);
    json.EndObject();
    return {buffer.GetString(), buffer.GetSize()};
}

std::optional<ChannelKey> parse_channel_key(std::string_view text) {
    rapidjson::Document json;
    if (!parse(json, text)) return std::nullopt;
    const auto project = text_at(json, "project"), name = text_at(json, "name");
    if (!project || !name) return std::nullopt;
    return ChannelKey{*project, *name};
}

std::string to_json(const ChannelStanding& standing) {
    rapidjson::StringBuffer buffer;
    Writer json(buffer);
    json.StartObject();
    put(json, "state", standing.state);
    put(json, "why", standing.why);
    put(json, "flapping", standing.flapping);
    put(json, "failures", standing.failures);
    json.EndObject();
    return {buffer.GetString(), buffer.GetSize()};
}

std::optional<ChannelStanding> parse_standing(std::string_view text) {
    rapidjson::Document json;
    if (!parse(json, text)) return std::nullopt;
    const auto state = text_at(json, "state"), why = text_at(json, "why");
    const auto flapping = text_at(json, "flapping");
    const auto failures = json.FindMember("failures");
    if (!state || !why || !flapping) return std::nullopt;
    if (failures == json.MemberEnd() || !failures->value.IsUint64()) return std::nullopt;
    return ChannelStanding{*state, *why, *flapping, failures->value.GetUint64()};
}

}  // namespace fairway
