// One request of a project to its answer: paced, signed, judged, repeated where that is harmless.
#include "controller/api/project_client.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "controller/api/api_error.hpp"
#include "controller/api/operations.hpp"
#include "controller/codec/too_large.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t largest_refusal = 2U << 20;  // a code, a text and an id; the rest is no error's
constexpr unsigned page_tries = 4;
constexpr unsigned most_tries = 5;  // of a call whose grant comes to its end while it is under way
constexpr Duration first_pause = 200ms, longest_pause = 5s;

bool passes(const Error& error) {
    if (is_too_large(error)) return false;
    return error.cls() == ErrorClass::retryable || error.cls() == ErrorClass::throttled;
}

/// Whether an answer proves that the credentials were looked at and found good.
bool proves(const HttpReply& reply, const Error& error) {
    if (error.fault().error_code.empty() || error.cls() == ErrorClass::throttled) return false;
    if (error.fault().error_code.ends_with(".0101")) return false;  // refused before that
    return reply.status == 400 || reply.status == 403 || reply.status == 404 || reply.status == 409 ||
           reply.status == 412;
}

}  // namespace

bool is_success(int status) {
    return status >= 200 && status < 300;
}

Error refusal_of(const HttpReply& reply, std::string_view method, WallTime now) {
    const ErrorBody body = parse_error_body(reply.body);
    Refusal refusal;
    refusal.write = method != "GET";
    refusal.create = method == "POST";
    refusal.status = reply.status;
    refusal.error_code = body.error_code;
    refusal.error_msg = body.error_msg;
    refusal.request_id = body.request_id.empty() ? request_id(reply) : std::string_view(body.request_id);
    refusal.retry_after = reply.field("Retry-After");
    refusal.now = now;
    return api_error(refusal);
}

std::string_view request_id(const HttpReply& reply) {
    const auto id = reply.field("X-Request-Id");
    return id.empty() ? reply.field("X-IAM-Trace-Id") : id;
}

Error odd_answer(const HttpReply& reply, bool write, const std::string& why) {
    Error error(
        ErrorClass::retryable, ErrorReason::server, std::to_string(reply.status) + ": " + shown(why)
    );
    error = std::move(error).with({reply.status, {}, shown(request_id(reply), 80)});
    return write ? std::move(error).unsure() : error;
}

Error HttpChannelApi::Project::too_late() {
    return {
        ErrorClass::retryable, ErrorReason::guard,
        "not sent: what it rests on is not certain any more, for it waited for its turn"};
}

void HttpChannelApi::Project::tell_rates() {
    const double reads = limiter_.rate(CallClass::read), writes = limiter_.rate(CallClass::write);
    if (reads == told_reads_ && writes == told_writes_) return;
    told_reads_ = reads;
    told_writes_ = writes;
    world_.metrics.api_rate(name_, reads, writes);
}

/// While nobody answers, no call goes out but a probe now and then.
std::optional<Error> HttpChannelApi::Project::held_back() const {
    if (auto closed = session_.closed()) return closed;
    const auto wait = breaker_.refuses(world_.clock.now());
    if (!wait) return std::nullopt;
    Error error(
        ErrorClass::retryable, outage_->reason(),
        "not sent, for the API has not answered of late: " + outage_->what()
    );
    return std::move(error).after(*wait);
}

/// `error`: what kept the answer away, or what a cloud that works does not say.
void HttpChannelApi::Project::judge_health(const Error* error) {
    const TimePoint now = world_.clock.now();
    if (error == nullptr) {
        if (!breaker_.answered()) return;
        limiter_.outage_ended(now);
        world_.metrics.api_circuit(name_, false);
        tell_rates();
        return;
    }
    const bool crowded = error->reason() == ErrorReason::timeout || error->fault().http_status == 503;
    if (crowded && !breaker_.is_open()) {
        limiter_.overloaded(now);
        api_->limit(limiter_.concurrency());
    }
    if (!breaker_.failed(now)) return;
    limiter_.outage_began(now);
    api_->limit(limiter_.concurrency());
    outage_ = Error(error->cls(), error->reason(), error->what());
    world_.metrics.api_circuit(name_, true);
}

void HttpChannelApi::Project::judge_pace(const Error* error, CallClass cls) {
    const TimePoint now = world_.clock.now();
    if (error != nullptr && error->cls() == ErrorClass::throttled) {
        limiter_.throttled(now, error->retry_after());
        if (error->retry_after()) not_before_ = std::max(not_before_, now + *error->retry_after());
    } else {
        limiter_.succeeded(cls, now);
    }
    api_->limit(limiter_.concurrency());
    tell_rates();
}

/// Waits for a token, one call after the other: who may not go any more when its turn comes uses none,
/// for a look that had to wait for tokens would be old again when the next one comes.
Task<std::optional<Error>> HttpChannelApi::Project::pace(const Call& call) {
    const TimePoint began = world_.clock.now();
    const auto turn = co_await turns_[static_cast<std::size_t>(call.cls)].take();
    TimePoint now = world_.clock.now();
    for (;; now = world_.clock.now()) {
        if (auto held = held_back()) co_return held;
        const TimePoint due = std::max(now + limiter_.wait(call.cls, now), not_before_);
        if (due <= now) break;
        co_await world_.clock.sleep_until(due);
    }
    const Duration waited = now - began;
    if (waited > Duration::zero()) world_.metrics.api_limited(name_, waited);
    if (call.may_send && !call.may_send()) co_return too_late();
    limiter_.take(call.cls, now);
    co_return std::nullopt;
}

Task<Result<HttpReply>> HttpChannelApi::Project::timed(
    HttpTransport* client, CallSlots::Slot slot, HttpRequest request, std::string_view operation
) {
    struct InFlight {
        explicit InFlight(Project& of) : project(of) { tell(+1); }
        InFlight(const InFlight&) = delete;
        InFlight& operator=(const InFlight&) = delete;
        ~InFlight() { tell(-1); }
        void tell(int change) const {
            project.in_flight_ += static_cast<std::size_t>(change);
            project.world_.metrics.api_in_flight(project.name_, project.in_flight_);
        }
        Project& project;
    };
    const InFlight counted(*this);
    const TimePoint began = world_.clock.now();
    const std::vector<Secret> sent = secrets_sent(request);
    auto reply = co_await client->send(std::move(slot), std::move(request), options_.deadlines);
    if (reply && !is_success(reply->status)) {
        // What is larger is nobody's error; to search it for every secret would take long.
        if (reply->body.size() > largest_refusal) reply->body = std::string();
        mask_.cover(*reply, sent);
    }
    const Duration took = world_.clock.now() - began;
    const std::string status = reply ? std::to_string(reply->status) : std::string();
    const std::string_view code = reply ? std::string_view(status) : to_string(reply.error().reason());
    world_.metrics.api_called(name_, operation, code, took);
    co_return reply;
}

Task<Result<HttpReply>> HttpChannelApi::Project::exchange(Call call) {
    const WipedLater body_wiped(call.body);
    unsigned refusals = 0;
    for (unsigned tries = 1;; ++tries) {
        if (auto held = held_back()) co_return *std::move(held);
        // The turn before the pace: who waited for a turn long ago must not leave with many others at
        // once.
        auto slot = co_await api_->admit();
        if (auto held = held_back()) co_return *std::move(held);
        if (auto held = co_await pace(call)) co_return *std::move(held);
        breaker_.sent(world_.clock.now());
        // Last, so that the signature's date is fresh and a refusal in the meantime is seen.
        auto pass = co_await session_.enter();
        if (!pass) co_return pass.error();
        // A pause that was asked for while it waited to be let in holds for it as well.
        while (world_.clock.now() < not_before_) co_await world_.clock.sleep_until(not_before_);
        if (call.may_send && !call.may_send()) co_return too_late();

        HttpRequest request;
        request.method = call.method;
        const std::string path = "/v2/" + percent_encode(session_.project_id()) + call.path;
        request.target = request_target(path, call.query);
        request.body = call.body;
        request.fields.reserve(8);
        request.fields.push_back({"X-Language", "en-us"});
        std::vector<HttpField> unsigned_fields;
        std::swap(unsigned_fields, request.fields);
        if (!call.body.empty()) request.fields.push_back({"Content-Type", "application/json"});
        session_.authorise(request, path, call.query, api_->authority());
        for (HttpField& field : unsigned_fields) request.fields.push_back(std::move(field));

        bool held = false;
        request.held_back = [this, &held] {
            auto refusal = session_.closed();
            held = refusal.has_value();
            return refusal;
        };

        auto reply = co_await timed(api_.get(), std::move(slot), std::move(request), call.operation);
        if (held) co_return reply;
        if (!reply) {
            pass->unheard(reply.error());
            judge_health(&reply.error());
            co_return reply;
        }
        if (is_success(reply->status)) {
            pass->worked();
            judge_health(nullptr);
            judge_pace(nullptr, call.cls);
            co_return reply;
        }
        const WallTime now = world_.clock.wall();
        Error error = refusal_of(*reply, call.method, now);
        const bool broken = reply->status >= 500 && error.cls() != ErrorClass::throttled;
        judge_health(broken ? &error : nullptr);
        judge_pace(&error, call.cls);
        if (error.cls() == ErrorClass::auth) {
            const std::string skew = clock_skew(reply->field("Date"), now);
            if (!skew.empty()) error = std::move(error).in(skew);
            const bool late = pass->ended();  // it says nothing of the credentials
            const bool worth_it = pass->refused(error) && !error.outcome_unknown();
            if (!late) ++refusals;
            if (worth_it && refusals < 2 && tries < most_tries) continue;
        } else if (proves(*reply, error)) {
            pass->worked();
        }
        co_return error;
    }
}

Task<Result<HttpReply>> HttpChannelApi::Project::persist(Call call) {
    const TimePoint end = world_.clock.now() + options_.page_time;
    Duration most = first_pause;
    retries_.attempted();
    for (unsigned tries = 1;; ++tries) {
        auto reply = co_await exchange(call);
        if (reply || tries == page_tries || !passes(reply.error())) co_return reply;
        const double part = world_.entropy.random01();
        auto pause = std::chrono::duration_cast<Duration>(part * most);
        most = std::min(2 * most, longest_pause);
        pause = std::max(pause, reply.error().retry_after().value_or(Duration::zero()));
        const TimePoint when = world_.clock.now() + pause;
        if (when > end || !retries_.take(world_.clock.now())) co_return reply;
        world_.metrics.api_retried(call.operation, reply.error().reason());
        co_await world_.clock.sleep_until(when);
    }
}

Session::Start HttpChannelApi::Project::session_start(
    const boost::asio::any_io_executor& executor, const ProjectEndpoint& endpoint,
    std::shared_ptr<Standing> login
) const {
    Session::Start start;
    const bool own_key = std::holds_alternative<AccessKey>(endpoint.credentials) && !endpoint.agency;
    start.standing = std::move(login);
    if (!own_key) {
        start.kind = Session::Kind::renewed;
        start.standing = std::make_shared<Standing>(executor, world_.clock, Standing::Refused::pauses);
    } else if (endpoint.project_id.empty()) {
        start.kind = Session::Kind::looked_up;
    } else {
        start.first.proof = std::get<AccessKey>(endpoint.credentials);
        start.first.project_id = endpoint.project_id;
    }
    return start;
}

Task<Result<HttpReply>> HttpChannelApi::Project::ask_iam(
    HttpRequest request, std::string_view operation
) {
    auto slot = co_await iam_->admit();
    co_return co_await timed(iam_.get(), std::move(slot), std::move(request), operation);
}

/// What was issued is as secret as what is configured.
void HttpChannelApi::Project::hide(const Grant& grant) {
    if (const auto* token = std::get_if<Token>(&grant.proof)) {
        mask_.hide(token->value);
        return;
    }
    const auto& key = std::get<AccessKey>(grant.proof);
    mask_.hide(key.secret_key);
    if (key.security_token) mask_.hide(*key.security_token);
}

Task<Result<Grant>> HttpChannelApi::Project::issue() {
    auto issued = co_await issuer_->grant();
    if (issued) {
        hide(*issued);
        if (issued->expires_at != WallTime::max()) {
            world_.metrics.token_refreshed(name_, true, issued->expires_at);
        }
        co_return co_await identified(*std::move(issued));
    }
    world_.metrics.token_refreshed(name_, false, WallTime());
    // Made anew: whatever became of the requests to IAM, the call that needs them was not sent.
    const Error& why = issued.error();
    Error error(why.cls(), why.reason(), "IAM: " + why.what());
    error = std::move(error).with(why.fault());
    if (why.retry_after()) error = std::move(error).after(*why.retry_after());
    co_return error;
}

/// Lets a grant pass whose project's id was looked up when that is the project we know by this name.
Task<Result<Grant>> HttpChannelApi::Project::identified(Grant grant) {
    if (grant.project_id.empty()) {
        co_return Error(
            ErrorClass::terminal, ErrorReason::validation,
            "IAM did not say which project this is; write its project_id into the configuration"
        );
    }
    if (options_.identified) {
        const auto known = co_await options_.identified(name_, grant.project_id);
        if (!known) co_return known.error();
    }
    co_return grant;
}

}  // namespace fairway
