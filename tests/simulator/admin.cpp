#include "tests/simulator/admin.hpp"

#include <algorithm>
#include <stdexcept>

#include "tests/simulator/config_json.hpp"
#include "tests/simulator/text.hpp"

namespace apic_simulator {
namespace {

struct NotFound {};

JsonDocument body_of(const Request& request) {
    JsonDocument document;
    if (!parse_json(document, request.body)) throw std::invalid_argument("the body is not JSON");
    return document;
}

const JsonValue& object_body(const JsonDocument& document) {
    if (!document.IsObject()) throw std::invalid_argument("the body has to be an object");
    return document;
}

std::optional<std::string> optional_text(const JsonValue& object, std::string_view key) {
    const JsonValue* const value = find(object, key);
    if (!value) return {};
    if (!value->IsString()) throw std::invalid_argument(std::string(key) + " has to be a string");
    return value->GetString();
}

Reply message(int status, std::string_view text) {
    JsonWriter out;
    out.begin_object().field("message", text).end_object();
    return json_reply(status, out);
}

void write(JsonWriter& out, const AuditEntry& entry) {
    out.begin_object().field("sequence", entry.sequence).field("started_us", entry.started_us);
    out.field("decided_us", entry.decided_us)
        .field("wall_us", entry.wall_us)
        .field("method", entry.method);
    out.field("path", entry.path).field("operation", entry.operation).field("channel", entry.channel);
    out.key("instance_ids").begin_array();
    for (const std::string& id : entry.instance_ids) out.value(id);
    out.end_array().field("status", entry.status).field("error_code", entry.error_code);
    out.field("committed", entry.committed)
        .field("fault", entry.fault)
        .field("request_id", entry.request_id);
    out.field("body", entry.body).field("connection", entry.connection).end_object();
}

void write(JsonWriter& out, const FaultRule& rule) {
    out.begin_object().field("kind", name_of(rule.kind)).field("operation", rule.operation);
    out.field("channel", rule.channel).field("probability", rule.probability).field("skip", rule.skip);
    out.field("first", rule.first).field("status", rule.status).field("code", rule.code);
    out.field("body", rule.body).field("content_type", rule.content_type);
    out.field("retry_after", rule.retry_after).field("delay_ms", rule.delay_ms);
    out.field("instances", rule.instances).field("bytes", rule.bytes).end_object();
}

void write(JsonWriter& out, const HealthCheck& health) {
    out.begin_object()
        .field("id", health.id)
        .field("protocol", health.protocol)
        .field("path", health.path);
    out.field("method", health.method).field("port", health.port).field("http_code", health.http_code);
    out.field("threshold_normal", health.threshold_normal);
    out.field("threshold_abnormal", health.threshold_abnormal);
    out.field("time_interval", health.time_interval).field("timeout", health.timeout);
    out.field("enable_client_ssl", health.enable_client_ssl).end_object();
}

/// What is stored, before any of the rewriting that answers of the API show.
void write(JsonWriter& out, const Channel& channel) {
    out.begin_object().field("id", channel.id).field("project_id", channel.project_id);
    out.field("instance_id", channel.instance_id)
        .field("name", channel.name)
        .field("port", channel.port);
    out.field("balance_strategy", channel.balance_strategy).field("member_type", channel.member_type);
    out.field("vpc_channel_type", name_of(channel.type)).field("status", channel.status);
    out.key("member_groups").begin_array();
    for (const MemberGroup& group : channel.groups) {
        out.begin_object().field("member_group_id", group.id).field("member_group_name", group.name);
        out.field("member_group_remark", group.remark).key("member_group_weight");
        if (group.weight) {
            out.value(*group.weight);
        } else {
            out.null();
        }
        out.field("reference_vpc_channel_id", group.reference_vpc_channel_id).end_object();
    }
    out.end_array().key("members").begin_array();
    for (const Member& member : channel.members) {
        out.begin_object()
            .field("id", member.id)
            .field("host", member.host)
            .field("weight", member.weight);
        out.field("is_backup", member.is_backup).field("member_group_name", member.group);
        out.field("status", member.status).field("port", member.port).field("ecs_id", member.ecs_id);
        out.field("ecs_name", member.ecs_name).end_object();
    }
    out.end_array().key("vpc_health_config");
    if (channel.health) {
        write(out, *channel.health);
    } else {
        out.null();
    }
    out.field("service_type", channel.microservice ? channel.microservice->service_type : "");
    out.field("create_time", rfc3339(channel.create_time, true));
    out.field("update_time", rfc3339(channel.update_time, true));
    out.field("used_by_api", channel.used_by_api)
        .field("used_by_plugin", channel.used_by_plugin)
        .end_object();
}

template <class List>
Reply list_reply(std::string_view name, const List& all) {
    JsonWriter out;
    out.begin_object().key(name).begin_array();
    for (const auto& one : all) write(out, one);
    out.end_array().end_object();
    return json_reply(200, out);
}

}  // namespace

Reply Admin::answer(Request& request) {
    split_target(request);
    try {
        return dispatch(request);
    } catch (const NotFound&) {
        return message(404, "there is nothing at this method and path");
    } catch (const std::invalid_argument& error) {
        return message(400, error.what());
    } catch (const Refusal& refusal) {
        return message(400, refusal.message);
    }
}

Reply Admin::dispatch(const Request& request) {
    const std::string& method = request.method;
    const std::string first = request.path.empty() ? "" : request.path[0];
    if (first == "audit") return audit(request);
    if (first == "faults") return faults(request);
    if (first == "latency") return latency(request);
    if (first == "switches") return switches(request);
    if (first == "channels" || first == "mutate") return channels(request);
    if (first == "instances") return instances(request);
    if (method == "GET" && first == "healthz") return message(200, "ok");
    if (method == "POST" && first == "reset") {
        api_.reset();
        return message(200, "reset");
    }
    if (method == "DELETE" && first == "connections") {
        drop_connections_();
        return message(200, "dropped");
    }
    if (method == "POST" && first == "clock") {
        const JsonDocument body = body_of(request);
        const JsonValue* const by = find(object_body(body), "advance_ms");
        if (!by || !by->IsInt64()) throw std::invalid_argument("advance_ms has to be a whole number");
        api_.advance(std::chrono::milliseconds(by->GetInt64()));
        return message(200, "advanced");
    }
    if (method == "POST" && request.path.size() == 2 && first == "tokens" &&
        request.path[1] == "revoke") {
        std::string token;
        if (!request.body.empty()) token = text_at(body_of(request), "token");
        JsonWriter out;
        out.begin_object().field("revoked", api_.revoke_tokens(token)).end_object();
        return json_reply(200, out);
    }
    throw NotFound();
}

Reply Admin::audit(const Request& request) {
    if (request.path.size() == 2 && request.path[1] == "summary" && request.method == "GET")
        return summary();
    if (request.path.size() != 1) throw NotFound();
    if (request.method == "DELETE") {
        api_.clear_audit();
        return message(200, "cleared");
    }
    if (request.method != "GET") throw NotFound();
    const std::int64_t since = number_parameter(request, "since").value_or(0);
    const std::string* const operation = request.parameter("operation");
    return list_reply(
        "entries",
        api_.audit(
            static_cast<std::uint64_t>(std::max<std::int64_t>(since, 0)), operation ? *operation : ""
        )
    );
}

Reply Admin::summary() {
    const AuditSummary summary = api_.summary();
    JsonWriter out;
    out.begin_object().field("requests", summary.requests).field("committed", summary.committed);
    out.field("connections", summary.connections).field("handshakes", summary.handshakes);
    out.field("resumed", summary.resumed).key("by_status").begin_object();
    for (const auto& [operation, counts] : summary.by_status) {
        out.key(operation).begin_object();
        for (const auto& [status, count] : counts) out.field(std::to_string(status), count);
        out.end_object();
    }
    out.end_object().key("by_fault").begin_object();
    for (const auto& [operation, counts] : summary.by_fault) {
        out.key(operation).begin_object();
        for (const auto& [fault, count] : counts) out.field(fault, count);
        out.end_object();
    }
    out.end_object().end_object();
    return json_reply(200, out);
}

Reply Admin::faults(const Request& request) {
    if (request.method == "POST") {
        const JsonDocument body = body_of(request);
        std::uint64_t seed = 1;
        if (body.IsArray()) {
            api_.set_faults(read_faults(body), seed);
        } else {
            const JsonValue* const rules = find(object_body(body), "rules");
            if (!rules) throw std::invalid_argument("rules are missing");
            const JsonValue* const given = find(body, "seed");
            if (given && given->IsUint64()) seed = given->GetUint64();
            api_.set_faults(read_faults(*rules), seed);
        }
    } else if (request.method == "DELETE") {
        api_.set_faults({}, 1);
    } else if (request.method != "GET") {
        throw NotFound();
    }
    return list_reply("rules", api_.faults());
}

Reply Admin::latency(const Request& request) {
    if (request.method == "POST") {
        api_.set_latency(read_latency(body_of(request)));
    } else if (request.method == "DELETE") {
        api_.set_latency({});
    } else if (request.method != "GET") {
        throw NotFound();
    }
    JsonWriter out;
    out.begin_object();
    for (const auto& [operation, milliseconds] : api_.latency()) out.field(operation, milliseconds);
    out.end_object();
    return json_reply(200, out);
}

Reply Admin::switches(const Request& request) {
    if (request.method == "POST") {
        Switches changed = api_.switches();
        read_switches(changed, body_of(request));
        api_.set_switches(changed);
    } else if (request.method != "GET") {
        throw NotFound();
    }
    const Switches current = api_.switches();
    JsonWriter out;
    out.begin_object();
    for (const std::string_view name : switch_names()) out.field(name, switch_value(current, name));
    out.end_object();
    return json_reply(200, out);
}

Reply Admin::channels(const Request& request) {
    const std::string& method = request.method;
    if (method == "GET" && request.path.size() == 1) {
        const std::string* const name = request.parameter("name");
        const std::string* const instance = request.parameter("instance_id");
        std::vector<Channel> all = api_.channels();
        std::erase_if(all, [&](const Channel& one) {
            return (name && one.name != *name) || (instance && one.instance_id != *instance);
        });
        return list_reply("channels", all);
    }
    if (method == "POST" && request.path.size() == 1 && request.path[0] == "channels") {
        const JsonDocument body = body_of(request);
        const std::string instance(text_at(object_body(body), "instance_id"));
        JsonWriter out;
        out.begin_object().field("id", api_.plant(instance, body)).end_object();
        return json_reply(201, out);
    }
    std::string id = request.path.size() == 2 ? request.path[1] : "";
    if (method == "DELETE") {
        if (!api_.remove(id)) throw NotFound();
        return message(200, "deleted");
    }
    if (method != "PUT" && !(method == "POST" && request.path[0] == "mutate")) throw NotFound();
    const JsonDocument body = body_of(request);
    if (id.empty()) id = text_at(object_body(body), "id");
    if (!api_.change(id, object_body(body))) throw NotFound();
    return message(200, "changed");
}

Reply Admin::instances(const Request& request) {
    if (request.method == "PUT" && request.path.size() == 2) {
        const JsonDocument body = body_of(request);
        const auto status = optional_text(object_body(body), "status");
        const auto modifiable = optional_text(body, "vpc_name_modifiable");
        if (!api_.set_instance(request.path[1], status, modifiable)) throw NotFound();
    } else if (request.method != "GET") {
        throw NotFound();
    }
    JsonWriter out;
    out.begin_object().key("instances").begin_array();
    for (const Instance& instance : api_.instances()) {
        out.begin_object().field("id", instance.id).field("name", instance.name);
        out.field("project_id", instance.project_id).field("status", instance.status);
        out.field("vpc_name_modifiable", instance.name_modifiable() ? "on" : "off").end_object();
    }
    out.end_array().end_object();
    return json_reply(200, out);
}

}  // namespace apic_simulator
