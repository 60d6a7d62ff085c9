#include "tests/simulator/api.hpp"

#include <algorithm>
#include <stdexcept>

#include "tests/simulator/text.hpp"

namespace apic_simulator {
namespace {

std::int64_t micros(auto since_epoch) {
    return std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count();
}

std::string hex_id(std::mt19937_64& random) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string id(32, '0');
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < id.size(); ++i, bits >>= 4) {
        if (i % 16 == 0) bits = random();
        id[i] = digits[bits & 15];
    }
    return id;
}

std::string_view title_of(int status) {
    switch (status) {
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 429:
            return "Too Many Requests";
        case 503:
            return "Service Unavailable";
        default:
            return "Internal Server Error";
    }
}

/// A token that the instance list does not accept, and bad parameters there, have codes of their own.
Refusal in_roma_family(const Refusal& refusal, bool by_signature) {
    if (refusal.by_gateway && by_signature) return refusal;
    if (refusal.status == 401 || refusal.status == 403) {
        return Refusal(refusal.status, "ROMA.00012000", "Incorrect token or token resolution failed");
    }
    if (refusal.status == 400) return Refusal(400, "ROMA.00013000", refusal.message);
    if (refusal.status == 500) return Refusal(500, "ROMA.00011000", refusal.message);
    return refusal;
}

Reply error_reply(const Refusal& refusal, Family family, const std::string& request_id) {
    JsonWriter out;
    out.begin_object();
    if (family == Family::iam) {
        out.key("error").begin_object().field("code", refusal.status).field("message", refusal.message);
        out.field("title", title_of(refusal.status)).end_object();
    } else {
        out.field("error_code", refusal.code).field("error_msg", refusal.message);
        if (family == Family::roma) out.field("error_details", "");
        if (family == Family::roma || refusal.by_gateway) out.field("request_id", request_id);
    }
    out.end_object();
    Reply reply = json_reply(refusal.status, out);
    reply.error_code = refusal.code;
    return reply;
}

Refusal throttled() {
    return Refusal(
        429, "APIGW.0308", "The throttling threshold has been reached: policy user over ratelimit", true
    );
}

}  // namespace

Api::Api(Config config) : config_(std::move(config)) {
    start_over();
}

void Api::start_over() {
    world_.emplace(config_);
    identity_.emplace(config_, *world_);
    audit_.emplace(config_.audit_entries, config_.audit_body_bytes);
    faults_.set(config_.faults, config_.seed);
    latency_ms_ = config_.latency_ms;
    windows_.clear();
    request_ids_.seed(config_.seed + 1);
}

void Api::arrive(Exchange& exchange) {
    const std::lock_guard lock(mutex_);
    Request& request = exchange.request;
    split_target(request);
    exchange.route = find_route(request);

    AuditEntry& entry = exchange.entry;
    entry.started_us = micros(std::chrono::steady_clock::now().time_since_epoch());
    entry.wall_us = micros(std::chrono::system_clock::now().time_since_epoch());
    entry.method = request.method;
    entry.path = request.target;
    entry.connection = request.connection;
    entry.request_id = hex_id(request_ids_);
    const Operation* const operation = exchange.route.operation;
    if (!operation) {
        exchange.refusal =
            Refusal(404, "APIG.0101", "The API does not exist or has not been published", true);
        return;
    }
    entry.operation = operation->id;
    look_at_body(exchange);
    try {
        check_caller(exchange);
    } catch (const Refusal& refusal) {
        exchange.refusal = refusal;
        return;
    }
    exchange.fault = faults_.draw(operation->id, entry.channel);
    entry.fault = exchange.fault.name;
    exchange.delay = std::chrono::milliseconds(latency_of(operation->id) + exchange.fault.delay_ms);
}

/// Parses the body, and finds out which channel and which instances the request is about.
void Api::look_at_body(Exchange& exchange) {
    const Request& request = exchange.request;
    const Route& route = exchange.route;
    AuditEntry& entry = exchange.entry;
    exchange.body_is_json = !request.body.empty() && parse_json(exchange.body, request.body);
    const bool object = exchange.body_is_json && exchange.body.IsObject();
    if (!route.instance_id.empty()) entry.instance_ids.push_back(route.instance_id);
    if (const std::string* const name = request.parameter("name")) entry.channel = *name;
    std::string source = route.channel_id;
    if (object && route.operation->project_level) {
        if (const JsonValue* const ids = find(exchange.body, "instance_ids"); ids && ids->IsArray()) {
            for (const JsonValue& id : ids->GetArray()) {
                if (id.IsString()) entry.instance_ids.emplace_back(id.GetString());
            }
        }
        if (source.empty()) source = text_at(exchange.body, "vpc_channel_id");
    }
    if (!source.empty()) {
        const ChannelPtr channel = world_->live().find(source);
        if (channel) entry.channel = channel->name;
    } else if (object && route.operation->writes) {
        entry.channel = text_at(exchange.body, "name");
    }
}

/// Who calls, and whether the caller may. Throws a Refusal.
void Api::check_caller(Exchange& exchange) {
    const Operation& operation = *exchange.route.operation;
    if (!operation.needs_caller) return;
    exchange.caller = identity_->authenticate(exchange.request);
    const Caller& caller = exchange.caller;
    if (operation.family != Family::iam) {
        const std::string& project = exchange.route.project_id;
        if (!caller.has_project) throw Refusal(401, "APIG.1007", "The token has no project");
        const bool known = world_->has_project(project) &&
                           (caller.project.empty() || caller.project == project) &&
                           (caller.user->projects.empty() || caller.user->projects.contains(project));
        if (!known || (caller.user->read_only && operation.writes)) {
            throw Refusal(403, "APIG.1005", "No permissions to request this method");
        }
    }
    check_throttle(caller);
}

void Api::check_throttle(const Caller& caller) {
    const Switches& switches = world_->switches;
    if (switches.throttle == Throttle::off) return;
    Window& window = windows_[caller.key];
    const WallTime now = world_->now();
    if (now - window.begins >= std::chrono::milliseconds(switches.throttle_window_ms)) window = {now, 0};
    if (++window.requests <= switches.throttle_requests) return;
    if (switches.throttle == Throttle::as_500) throw Refusal(500, "APIG.9008", "Too many requests");
    throw throttled();
}

bool Api::take_turn(Exchange& exchange) {
    const std::lock_guard lock(mutex_);
    const Operation* const operation = exchange.route.operation;
    if (exchange.refusal || !operation->writes || exchange.entry.channel.empty()) return true;
    std::vector<std::string> wanted;
    for (const std::string& id : exchange.entry.instance_ids) {
        wanted.push_back(id + '\n' + exchange.entry.channel);
    }
    for (const std::string& one : wanted) {
        if (!busy_.contains(one)) continue;
        if (world_->switches.concurrent_write_error == ConcurrentWriteError::wait) return false;
        exchange.refusal = Refusal(500, "APIG.9999", "System error: the VPC channel is being written");
        return true;
    }
    busy_.insert(wanted.begin(), wanted.end());
    exchange.held = std::move(wanted);
    return true;
}

void Api::decide(Exchange& exchange) {
    const std::lock_guard lock(mutex_);
    AuditEntry& entry = exchange.entry;
    const Operation* const operation = exchange.route.operation;
    const std::optional<FaultRule>& rule = exchange.fault.rule;
    if (exchange.refusal) {
        exchange.reply = refusal_reply(exchange, *exchange.refusal);
    } else if (rule && rule->kind == FaultKind::reset_before_commit) {
        exchange.ending = Ending::reset;
    } else if (rule && rule->kind == FaultKind::hang) {
        exchange.ending = Ending::hanging;
    } else if (rule && (rule->kind == FaultKind::status || rule->kind == FaultKind::throttle)) {
        exchange.reply = fault_reply(exchange);
    } else {
        perform(exchange);
        if (rule) spoil_answer(exchange);
    }
    const bool iam = operation && operation->family == Family::iam;
    exchange.reply.headers.emplace_back(iam ? "X-IAM-Trace-Id" : "X-Request-Id", entry.request_id);
    exchange.reply.headers.emplace_back("Date", http_time(world_->now()));

    const bool sent = exchange.ending == Ending::answered || exchange.ending == Ending::truncated;
    entry.status = sent ? exchange.reply.status : 0;
    if (sent) entry.error_code = exchange.reply.error_code;
    entry.decided_us = micros(std::chrono::steady_clock::now().time_since_epoch());
    entry.body = std::move(exchange.request.body);
    audit_->add(std::move(entry));
    for (const std::string& one : exchange.held) busy_.erase(one);
}

void Api::perform(Exchange& exchange) {
    Call call{*world_, *identity_, exchange.request, exchange.route, exchange.caller, nullptr,
              {},      false};
    if (exchange.body_is_json) call.body = &exchange.body;
    const std::optional<FaultRule>& rule = exchange.fault.rule;
    if (rule && rule->kind == FaultKind::fail_midway) call.breaks_after = rule->instances;
    try {
        exchange.reply = exchange.route.operation->perform(call);
    } catch (const Refusal& refusal) {
        exchange.reply = refusal_reply(exchange, refusal);
    }
    exchange.entry.committed = call.committed;
}

Reply Api::refusal_reply(const Exchange& exchange, const Refusal& refusal) const {
    const Operation* const operation = exchange.route.operation;
    const Family family = operation ? operation->family : Family::apic;
    const bool by_signature = exchange.request.header("authorization") != nullptr;
    const Refusal shown = family == Family::roma ? in_roma_family(refusal, by_signature) : refusal;
    Reply reply = error_reply(shown, family, exchange.entry.request_id);
    if (refusal.status == 429 && world_->switches.throttle == Throttle::retry_after) {
        reply.headers.emplace_back(
            "Retry-After",
            std::to_string(std::max<std::int64_t>(1, world_->switches.throttle_window_ms / 1000))
        );
    }
    return reply;
}

/// What the request proved itself by takes the place of "{token}".
std::string with_token_of(const Request& request, std::string body) {
    const std::string* token = request.header("x-auth-token");
    if (token == nullptr) token = request.header("x-security-token");
    const std::size_t at = body.find("{token}");
    if (at != std::string::npos) body.replace(at, 7, token != nullptr ? *token : "");
    return body;
}

/// The error that a fault rule asks for.
Reply Api::fault_reply(const Exchange& exchange) const {
    const FaultRule& rule = *exchange.fault.rule;
    Refusal refusal(rule.status, rule.code, "Simulated fault", rule.code.starts_with("APIGW."));
    if (rule.kind == FaultKind::throttle) {
        refusal =
            rule.code == "APIG.9008" ? Refusal(500, "APIG.9008", "Too many requests") : throttled();
    }
    Reply reply = error_reply(refusal, exchange.route.operation->family, exchange.entry.request_id);
    if (!rule.body.empty()) reply.body = with_token_of(exchange.request, rule.body);
    reply.content_type = rule.content_type;
    if (rule.retry_after >= 0)
        reply.headers.emplace_back("Retry-After", std::to_string(rule.retry_after));
    return reply;
}

/// What goes wrong after the work is done.
void Api::spoil_answer(Exchange& exchange) const {
    const FaultRule& rule = *exchange.fault.rule;
    switch (rule.kind) {
        case FaultKind::reset_after_commit:
            exchange.ending = Ending::reset;
            break;
        case FaultKind::hang_after_commit:
            exchange.ending = Ending::hanging;
            break;
        case FaultKind::truncate_body:
            exchange.ending = Ending::truncated;
            break;
        case FaultKind::status_after_commit:
            exchange.reply = fault_reply(exchange);
            break;
        case FaultKind::garbage:
            exchange.reply = {};
            exchange.reply.body = rule.body.empty() ? "{\"project_vpc_channels\":[{\x01" : rule.body;
            break;
        case FaultKind::html:
            exchange.reply = {};
            exchange.reply.content_type = "text/html";
            exchange.reply.body =
                rule.body.empty() ? "<html><body><h1>Welcome to nginx!</h1></body></html>" : rule.body;
            break;
        case FaultKind::oversized_body:
            if (exchange.reply.status == 204) exchange.reply.status = 200;  // 204 has no body
            exchange.reply.body.insert(0, rule.bytes, ' ');
            break;
        default:
            break;
    }
}

int Api::latency_of(std::string_view operation) const {
    const auto exact = latency_ms_.find(std::string(operation));
    if (exact != latency_ms_.end()) return exact->second;
    const auto any = latency_ms_.find("*");
    return any == latency_ms_.end() ? 0 : any->second;
}

Reply Api::refuse(const Request& request, int status) {
    const std::lock_guard lock(mutex_);
    AuditEntry entry;
    entry.started_us = entry.decided_us = micros(std::chrono::steady_clock::now().time_since_epoch());
    entry.wall_us = micros(std::chrono::system_clock::now().time_since_epoch());
    entry.method = request.method;
    entry.path = request.target.substr(0, 1024);
    entry.connection = request.connection;
    entry.request_id = hex_id(request_ids_);
    entry.status = status;
    entry.error_code = "APIG.0201";
    Reply reply = error_reply(
        Refusal(status, "APIG.0201", "The request is malformed or too large", true), Family::apic,
        entry.request_id
    );
    reply.headers.emplace_back("X-Request-Id", entry.request_id);
    audit_->add(std::move(entry));
    return reply;
}

}  // namespace apic_simulator
