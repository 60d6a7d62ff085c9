#include "controller/api/http_channel_api.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "controller/api/api_error.hpp"
#include "controller/api/https_client.hpp"
#include "controller/api/operations.hpp"
#include "controller/api/session.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr unsigned page_tries = 4;
constexpr Duration first_pause = 200ms, longest_pause = 5s;
constexpr unsigned instance_rows = 100;       // a page of the instance list
constexpr std::size_t instance_offset = 100;  // the largest that it accepts

/// One request, before it is signed.
struct Call {
    std::string_view operation;  ///< as the API names it
    CallClass cls = CallClass::read;
    std::string method = "GET";
    std::string path;
    Query query;
    std::string body;
};

bool is_success(int status) {
    return status >= 200 && status < 300;
}

bool passes(const Error& error) {
    return error.cls() == ErrorClass::retryable || error.cls() == ErrorClass::throttled;
}

std::string_view request_id(const HttpReply& reply) {
    const auto id = reply.field("X-Request-Id");
    return id.empty() ? reply.field("X-IAM-Trace-Id") : id;
}

Error refusal_of(const HttpReply& reply, bool write, WallTime now) {
    const ErrorBody body = parse_error_body(reply.body);
    Refusal refusal;
    refusal.write = write;
    refusal.status = reply.status;
    refusal.error_code = body.error_code;
    refusal.error_msg = body.error_msg;
    refusal.request_id = body.request_id.empty() ? request_id(reply) : std::string_view(body.request_id);
    refusal.retry_after = reply.field("Retry-After");
    refusal.now = now;
    return api_error(refusal);
}

/// A success that does not say what it must. For a write that means: look.
Error odd_answer(const HttpReply& reply, bool write, const std::string& why) {
    Error error(
        ErrorClass::retryable, ErrorReason::server, std::to_string(reply.status) + ": " + shown(why)
    );
    error = std::move(error).with({reply.status, {}, shown(request_id(reply), 80)});
    return write ? std::move(error).unsure() : error;
}

/// Whether an answer proves that the credentials were looked at and found good.
bool proves(const HttpReply& reply, const Error& error) {
    if (error.fault().error_code.empty() || error.cls() == ErrorClass::throttled) return false;
    if (error.fault().error_code.ends_with(".0101")) return false;  // refused before that
    return reply.status == 400 || reply.status == 403 || reply.status == 404 || reply.status == 409 ||
           reply.status == 412;
}

/// What an answer to a write lacks to be believed: one row for each instance, of that name.
std::optional<std::string> lacks(
    const std::vector<InstanceChannel>& rows, const std::string& name,
    const std::vector<InstanceId>& instances
) {
    std::set<std::string_view> expected(instances.begin(), instances.end());
    for (const InstanceChannel& row : rows) {
        if (row.name != name) return "the answer is about channel " + row.name;
        if (expected.erase(row.instance) == 0)
            return "the answer has an unasked row for instance " + row.instance;
    }
    if (!expected.empty()) return "the answer lacks instance " + std::string(*expected.begin());
    return std::nullopt;
}

}  // namespace

class HttpChannelApi::Project : public std::enable_shared_from_this<HttpChannelApi::Project> {
public:
    struct World {
        Clock& clock;
        Entropy& entropy;
        Metrics& metrics;
    };

    Project(
        const boost::asio::any_io_executor& executor, ProjectEndpoint endpoint, World world,
        Options options, std::unique_ptr<HttpsClient> api, std::unique_ptr<HttpsClient> iam
    )
        : name_(std::move(endpoint.name)),
          project_id_(std::move(endpoint.project_id)),
          region_(std::move(endpoint.region)),
          base_("/v2/" + percent_encode(project_id_)),
          world_(world),
          options_(options),
          api_(std::move(api)),
          iam_(std::move(iam)),
          password_(
              std::holds_alternative<Password>(endpoint.credentials)
                  ? std::optional<Password>(std::get<Password>(endpoint.credentials))
                  : std::nullopt
          ),
          limiter_(endpoint.limits, world.clock.now()),
          session_(executor, world.clock, std::move(endpoint.credentials), project_id_, [this] {
              return issue_token();
          }) {
        api_->limit(limiter_.concurrency());
        tell_rates();
    }

    struct Lists {
        Query filter;      ///< beside limit and offset
        std::string name;  ///< only rows of this very name; empty for all
        bool repeat = false;
    };

    // Every coroutine of a project holds it: `self` is that, and nothing else.
    Task<Result<std::vector<InstanceChannel>>> rows(std::shared_ptr<Project> self, Lists what);
    Task<Result<ObservedChannel>> find(std::shared_ptr<Project> self, std::string name);
    Task<Result<InstanceChannel>> show(
        std::shared_ptr<Project> self, std::string name, InstanceId instance, std::string id
    );
    Task<Result<std::vector<InstanceChannel>>> write(
        std::shared_ptr<Project> self, bool create, std::string name, std::vector<InstanceId> instances,
        std::string body
    );
    Task<Result<>> remove(std::shared_ptr<Project> self, InstanceId instance, std::string id);
    Task<Result<>> put_members(
        std::shared_ptr<Project> self, InstanceId instance, std::string id, std::string body
    );
    Task<Result<std::vector<GatewayInstance>>> instances(std::shared_ptr<Project> self);
    Task<Result<bool>> name_modifiable(std::shared_ptr<Project> self, InstanceId instance);
    Task<Result<std::vector<Quota>>> quotas(std::shared_ptr<Project> self, InstanceId instance);

private:
    struct Collected {
        std::vector<InstanceChannel> rows;
        std::string gap;  ///< why the rows are not all; empty when they are
    };

    std::string path_of(const InstanceId& instance, const std::string& id) const;
    Task<Result<HttpReply>> exchange(Call call);
    Task<Result<HttpReply>> persist(Call call);
    Task<> pace(CallClass cls);
    Task<Result<HttpReply>> timed(
        HttpsClient* client, CallSlots::Slot slot, HttpRequest request, std::string_view operation
    );
    Task<Result<Collected>> collect(Lists what);
    Task<Result<Token>> issue_token();
    Task<Result<Token>> ask_for_token();
    void judge_pace(const HttpReply& reply, const Error* error, CallClass cls);
    void tell_rates();

    std::string name_, project_id_, region_, base_;
    World world_;
    Options options_;
    std::unique_ptr<HttpsClient> api_, iam_;
    std::optional<Password> password_;
    Limiter limiter_;
    Session session_;
    std::size_t in_flight_ = 0;
    TimePoint not_before_{};  // the pause that a throttle asked for, also for those who wait already
    double told_reads_ = 0, told_writes_ = 0;
};

void HttpChannelApi::Project::tell_rates() {
    const double reads = limiter_.rate(CallClass::read), writes = limiter_.rate(CallClass::write);
    if (reads == told_reads_ && writes == told_writes_) return;
    told_reads_ = reads;
    told_writes_ = writes;
    world_.metrics.api_rate(name_, reads, writes);
}

void HttpChannelApi::Project::judge_pace(const HttpReply&, const Error* error, CallClass cls) {
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

Task<> HttpChannelApi::Project::pace(CallClass cls) {
    const TimePoint began = world_.clock.now();
    TimePoint due = began + limiter_.reserve(cls, began);
    while (world_.clock.now() < due) {
        co_await world_.clock.sleep_until(due);
        due = std::max(due, not_before_);
    }
    const Duration waited = world_.clock.now() - began;
    if (due > began) world_.metrics.api_limited(name_, waited);
}

Task<Result<HttpReply>> HttpChannelApi::Project::timed(
    HttpsClient* client, CallSlots::Slot slot, HttpRequest request, std::string_view operation
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
    auto reply = co_await client->send(std::move(slot), std::move(request), options_.deadlines);
    const Duration took = world_.clock.now() - began;
    const std::string status = reply ? std::to_string(reply->status) : std::string();
    const std::string_view code = reply ? std::string_view(status) : to_string(reply.error().reason());
    world_.metrics.api_called(name_, operation, code, took);
    co_return reply;
}

Task<Result<HttpReply>> HttpChannelApi::Project::exchange(Call call) {
    const bool write = call.cls == CallClass::write;
    for (bool again = false;; again = true) {
        if (auto closed = session_.closed()) co_return *std::move(closed);
        co_await pace(call.cls);
        auto slot = co_await api_->admit();
        // Last, so that the signature's date is fresh and a refusal in the meantime is seen.
        auto pass = co_await session_.enter();
        if (!pass) co_return pass.error();

        HttpRequest request;
        request.method = call.method;
        request.target = request_target(call.path, call.query);
        request.body = call.body;
        request.fields.reserve(8);
        request.fields.push_back({"X-Language", "en-us"});
        std::vector<HttpField> unsigned_fields;
        std::swap(unsigned_fields, request.fields);
        if (!call.body.empty()) request.fields.push_back({"Content-Type", "application/json"});
        session_.authorise(request, call.path, call.query, api_->authority());
        for (HttpField& field : unsigned_fields) request.fields.push_back(std::move(field));

        auto reply = co_await timed(api_.get(), std::move(slot), std::move(request), call.operation);
        if (!reply) {
            pass->unheard(reply.error());
            co_return reply;
        }
        if (is_success(reply->status)) {
            pass->worked();
            judge_pace(*reply, nullptr, call.cls);
            co_return reply;
        }
        const WallTime now = world_.clock.wall();
        Error error = refusal_of(*reply, write, now);
        judge_pace(*reply, &error, call.cls);
        if (error.cls() == ErrorClass::auth) {
            const std::string skew = clock_skew(reply->field("Date"), now);
            if (!skew.empty()) error = std::move(error).in(skew);
            if (pass->refused(error) && !again && !error.outcome_unknown()) continue;
        } else if (proves(*reply, error)) {
            pass->worked();
        }
        co_return error;
    }
}

Task<Result<HttpReply>> HttpChannelApi::Project::persist(Call call) {
    const TimePoint end = world_.clock.now() + options_.page_time;
    Duration most = first_pause;
    for (unsigned tries = 1;; ++tries) {
        auto reply = co_await exchange(call);
        if (reply || tries == page_tries || !passes(reply.error())) co_return reply;
        const double part = world_.entropy.random01();
        auto pause = std::chrono::duration_cast<Duration>(part * most);
        most = std::min(2 * most, longest_pause);
        pause = std::max(pause, reply.error().retry_after().value_or(Duration::zero()));
        const TimePoint when = world_.clock.now() + pause;
        if (when > end) co_return reply;
        world_.metrics.api_retried(call.operation, reply.error().reason());
        co_await world_.clock.sleep_until(when);
    }
}

Task<Result<HttpChannelApi::Project::Collected>> HttpChannelApi::Project::collect(Lists what) {
    Collected got;
    std::set<std::pair<InstanceId, std::string>> seen;
    long long total = 0;
    std::size_t received = 0, unique = 0;
    for (unsigned page_number = 0; page_number < options_.most_pages; ++page_number) {
        Call call;
        call.operation = operations::list;
        call.path = base_ + "/apic/vpc-channels";
        call.query = what.filter;
        call.query.emplace_back("limit", std::to_string(options_.page_rows));
        call.query.emplace_back("offset", std::to_string(received));
        call.query.emplace_back("members_return", "true");
        Result<HttpReply> reply(HttpReply{});
        if (what.repeat) {
            reply = co_await persist(std::move(call));
        } else {
            reply = co_await exchange(std::move(call));
        }
        if (!reply) co_return reply.error();
        auto page = parse_project_channels(reply->body);
        if (!page) co_return odd_answer(*reply, false, page.error().what());

        if (page_number == 0) total = page->total;
        received += page->rows.size();
        const bool empty = page->rows.empty();
        for (InstanceChannel& row : page->rows) {
            if (!seen.emplace(row.instance, row.id.empty() ? row.name : row.id).second) continue;
            ++unique;
            if (what.name.empty() || row.name == what.name) got.rows.push_back(std::move(row));
        }
        if (page->total != total) {
            got.gap = "the number of rows changed while they were read";
            co_return got;
        }
        const auto wanted = static_cast<std::size_t>(std::max(0LL, total));
        if (received >= wanted) {
            // Rows that came twice hide others, unless all came on one page.
            const std::size_t count = page_number == 0 ? received : unique;
            if (count != wanted) {
                got.gap = std::to_string(count) + " rows came where " + std::to_string(total) +
                          " were promised";
            }
            co_return got;
        }
        if (empty) {
            got.gap = std::to_string(received) + " of " + std::to_string(total) + " rows came";
            co_return got;
        }
    }
    got.gap = "there are too many pages";
    co_return got;
}

Task<Result<std::vector<InstanceChannel>>> HttpChannelApi::Project::rows(
    [[maybe_unused]] std::shared_ptr<Project> self, Lists what
) {
    for (bool again = false;; again = true) {
        auto collected = co_await collect(what);
        if (!collected) co_return collected.error();
        if (collected->gap.empty()) co_return std::move(collected->rows);
        if (again) {
            co_return Error(
                ErrorClass::retryable, ErrorReason::server, "the list is not complete: " + collected->gap
            );
        }
        world_.metrics.api_retried(operations::list, ErrorReason::conflict);
    }
}

Task<Result<ObservedChannel>> HttpChannelApi::Project::find(
    std::shared_ptr<Project> self, std::string name
) {
    Lists what;
    what.filter = {{"name", name}, {"precise_search", "name"}};
    what.name = std::move(name);
    ObservedChannel seen;
    seen.observed_at =
        world_.clock.wall();  // at the earliest: what happens during the look may be missed
    auto found = co_await rows(self, what);
    if (!found) co_return found.error();
    seen.rows = *std::move(found);
    co_return seen;
}

std::string HttpChannelApi::Project::path_of(const InstanceId& instance, const std::string& id) const {
    return base_ + "/apic/instances/" + percent_encode(instance) + "/vpc-channels/" + percent_encode(id);
}

Task<Result<InstanceChannel>> HttpChannelApi::Project::show(
    [[maybe_unused]] std::shared_ptr<Project> self, std::string name, InstanceId instance, std::string id
) {
    Call call;
    call.operation = operations::show;
    call.path = path_of(instance, id);
    const auto reply = co_await exchange(std::move(call));
    if (!reply) co_return reply.error();
    auto row = parse_channel_detail(reply->body, instance);
    if (!row) co_return odd_answer(*reply, false, row.error().what());
    if (row->name != name || (!row->id.empty() && row->id != id)) {
        co_return Error(
            ErrorClass::conflict, ErrorReason::conflict,
            "id " + shown(id, 64) + " belongs to channel " + shown(row->name, 64) + " now"
        );
    }
    co_return *std::move(row);
}

Task<Result<std::vector<InstanceChannel>>> HttpChannelApi::Project::write(
    [[maybe_unused]] std::shared_ptr<Project> self, bool create, std::string name,
    std::vector<InstanceId> instances, std::string body
) {
    Call call;
    call.operation = create ? operations::create : operations::update;
    call.cls = CallClass::write;
    call.method = create ? "POST" : "PUT";
    call.path = base_ + "/apic/vpc-channels";
    call.body = std::move(body);
    const auto reply = co_await exchange(std::move(call));
    if (!reply) co_return reply.error();
    if (!create && reply->status == 204) co_return std::vector<InstanceChannel>();
    if (reply->status != 200 && reply->status != 201) {
        co_return odd_answer(*reply, true, "an unexpected kind of success");
    }
    auto answer = parse_project_channels(reply->body);
    if (!answer) co_return odd_answer(*reply, true, answer.error().what());
    if (const auto lack = lacks(answer->rows, name, instances))
        co_return odd_answer(*reply, true, *lack);
    co_return std::move(answer->rows);
}

Task<Result<>> HttpChannelApi::Project::remove(
    [[maybe_unused]] std::shared_ptr<Project> self, InstanceId instance, std::string id
) {
    Call call;
    call.operation = operations::remove;
    call.cls = CallClass::write;
    call.method = "DELETE";
    call.path = path_of(instance, id);
    const auto reply = co_await exchange(std::move(call));
    if (!reply) co_return reply.error();
    co_return Result<>();
}

Task<Result<>> HttpChannelApi::Project::put_members(
    [[maybe_unused]] std::shared_ptr<Project> self, InstanceId instance, std::string id, std::string body
) {
    Call call;
    call.operation = operations::put_members;
    call.cls = CallClass::write;
    call.method = "PUT";
    call.path = path_of(instance, id) + "/members";
    call.body = std::move(body);
    const auto reply = co_await exchange(std::move(call));
    if (!reply) co_return reply.error();
    co_return Result<>();
}

Task<Result<std::vector<GatewayInstance>>> HttpChannelApi::Project::instances(
    [[maybe_unused]] std::shared_ptr<Project> self
) {
    std::vector<GatewayInstance> all;
    std::set<InstanceId> seen;
    for (std::size_t offset = 0;;) {
        Call call;
        call.operation = operations::instances;
        call.path = base_ + "/instances";
        call.query = {{"limit", std::to_string(instance_rows)}, {"offset", std::to_string(offset)}};
        const auto reply = co_await persist(std::move(call));
        if (!reply) co_return reply.error();
        auto page = parse_instances(reply->body);
        if (!page) co_return odd_answer(*reply, false, page.error().what());
        offset += page->instances.size();
        const bool empty = page->instances.empty();
        for (GatewayInstance& instance : page->instances) {
            if (seen.insert(instance.id).second) all.push_back(std::move(instance));
        }
        if (static_cast<long long>(offset) >= page->total) co_return all;
        if (empty || offset > instance_offset) {
            co_return odd_answer(
                *reply, false,
                "only " + std::to_string(all.size()) + " of " + std::to_string(page->total) +
                    " instances are listed"
            );
        }
    }
}

Task<Result<bool>> HttpChannelApi::Project::name_modifiable(
    [[maybe_unused]] std::shared_ptr<Project> self, InstanceId instance
) {
    long long offset = 0;
    for (unsigned page_number = 0; page_number < options_.most_pages; ++page_number) {
        Call call;
        call.operation = operations::features;
        call.path = base_ + "/apic/instances/" + percent_encode(instance) + "/features";
        call.query = {{"limit", std::to_string(options_.page_rows)}, {"offset", std::to_string(offset)}};
        const auto reply = co_await persist(std::move(call));
        if (!reply) co_return reply.error();
        const auto page = parse_features(reply->body);
        if (!page) co_return odd_answer(*reply, false, page.error().what());
        if (page->name_modifiable) co_return *page->name_modifiable;
        offset += page->rows;
        if (page->rows == 0 || offset >= page->total) co_return true;  // the default
    }
    co_return Error(ErrorClass::retryable, ErrorReason::server, "the list of features does not end");
}

Task<Result<std::vector<Quota>>> HttpChannelApi::Project::quotas(
    [[maybe_unused]] std::shared_ptr<Project> self, InstanceId instance
) {
    std::vector<Quota> all;
    long long offset = 0;
    for (unsigned page_number = 0; page_number < options_.most_pages; ++page_number) {
        Call call;
        call.operation = operations::quotas;
        call.path = base_ + "/apic/instances/" + percent_encode(instance) + "/project/configs";
        call.query = {{"limit", std::to_string(options_.page_rows)}, {"offset", std::to_string(offset)}};
        const auto reply = co_await persist(std::move(call));
        if (!reply) co_return reply.error();
        auto page = parse_quotas(reply->body);
        if (!page) co_return odd_answer(*reply, false, page.error().what());
        for (Quota& quota : page->quotas) all.push_back(std::move(quota));
        offset += page->rows;
        if (page->rows == 0 || offset >= page->total) co_return all;
    }
    co_return Error(ErrorClass::retryable, ErrorReason::server, "the list of quotas does not end");
}

Task<Result<Token>> HttpChannelApi::Project::issue_token() {
    auto issued = co_await ask_for_token();
    if (issued) {
        world_.metrics.token_refreshed(name_, true, issued->expires_at);
        co_return issued;
    }
    world_.metrics.token_refreshed(name_, false, WallTime());
    // Made anew: whatever became of the request for a token, the call that needs it was not sent.
    const Error& why = issued.error();
    Error error(why.cls(), why.reason(), "token: " + why.what());
    error = std::move(error).with(why.fault());
    if (why.retry_after()) error = std::move(error).after(*why.retry_after());
    co_return error;
}

Task<Result<Token>> HttpChannelApi::Project::ask_for_token() {
    HttpRequest request;
    request.method = "POST";
    request.target = "/v3/auth/tokens?nocatalog=true";
    request.fields.push_back({"Content-Type", "application/json"});
    request.body =
        token_request(password_->user, password_->domain, password_->password, project_id_, region_);
    auto slot = co_await iam_->admit();
    auto reply = co_await timed(iam_.get(), std::move(slot), std::move(request), operations::token);
    if (!reply) co_return reply.error();
    const WallTime now = world_.clock.wall();
    if (!is_success(reply->status)) co_return refusal_of(*reply, false, now);
    const std::string_view token = reply->field("X-Subject-Token");
    if (reply->count("X-Subject-Token") != 1 || token.empty()) {
        co_return odd_answer(*reply, false, "the answer carries no token, or several");
    }
    const auto info = parse_token(reply->body);
    if (!info) co_return odd_answer(*reply, false, info.error().what());
    if (info->expires_at <= now) {
        const std::string skew = clock_skew(reply->field("Date"), now);
        co_return odd_answer(*reply, false, "the new token has ended already; " + skew);
    }
    Token issued;
    issued.value = Secret(std::string(token));
    issued.expires_at = info->expires_at;
    co_return issued;
}

HttpChannelApi::HttpChannelApi(SecretLookup secrets) : secrets_(std::move(secrets)) {}
HttpChannelApi::~HttpChannelApi() = default;

Result<std::unique_ptr<HttpChannelApi>> HttpChannelApi::open(
    boost::asio::any_io_executor executor, std::vector<ProjectEndpoint> projects, SecretLookup secrets,
    Clock& clock, Entropy& entropy, Metrics& metrics, Options options
) {
    std::unique_ptr<HttpChannelApi> api(new HttpChannelApi(std::move(secrets)));
    const auto client = [&](const std::string& url, const ProjectEndpoint& project) {
        auto where = parse_endpoint(url);
        if (!where) return Result<std::unique_ptr<HttpsClient>>(where.error());
        where->ca_file = project.ca_file;
        return HttpsClient::open(executor, *std::move(where));
    };
    for (ProjectEndpoint& project : projects) {
        const std::string name = project.name;
        auto gateway = client(project.endpoint, project);
        if (!gateway) return Error(gateway.error()).in("project " + name);
        std::unique_ptr<HttpsClient> iam;
        if (std::holds_alternative<Password>(project.credentials)) {
            auto opened = client(project.iam_endpoint, project);
            if (!opened) return Error(opened.error()).in("project " + name + ", IAM");
            iam = *std::move(opened);
            iam->limit(1);
        }
        api->projects_[name] = std::make_shared<Project>(
            executor, std::move(project), Project::World{clock, entropy, metrics}, options,
            *std::move(gateway), std::move(iam)
        );
    }
    return api;
}

Result<std::shared_ptr<HttpChannelApi::Project>> HttpChannelApi::project(const std::string& name) const {
    const auto found = projects_.find(name);
    if (found != projects_.end()) return found->second;
    return Error(
        ErrorClass::terminal, ErrorReason::validation,
        "no project named \"" + shown(name, 64) + "\" is configured"
    );
}

Task<Result<ObservedChannel>> HttpChannelApi::find(ChannelKey key) {
    const auto found = project(key.project);
    if (!found) co_return found.error();
    const auto& at = *found;
    co_return co_await at->find(at, key.name);
}

Task<Result<std::vector<InstanceChannel>>> HttpChannelApi::list(std::string name) {
    const auto found = project(name);
    if (!found) co_return found.error();
    const auto& at = *found;
    Project::Lists all;
    all.repeat = true;
    co_return co_await at->rows(at, all);
}

Task<Result<InstanceChannel>> HttpChannelApi::show(ChannelKey key, InstanceId instance, std::string id) {
    const auto found = project(key.project);
    if (!found) co_return found.error();
    const auto& at = *found;
    co_return co_await at->show(at, key.name, instance, id);
}

Task<Result<std::vector<InstanceChannel>>> HttpChannelApi::create(ChannelKey key, ChannelSpec spec) {
    const auto found = project(key.project);
    if (!found) co_return found.error();
    const auto& at = *found;
    auto body = project_channel_body(key.name, spec, secrets_);
    if (!body) co_return body.error();
    co_return co_await at->write(
        at, true, std::move(key.name), std::move(spec.instance_ids), *std::move(body)
    );
}

Task<Result<>> HttpChannelApi::put(ChannelKey key, ChannelSpec spec) {
    const auto found = project(key.project);
    if (!found) co_return found.error();
    const auto& at = *found;
    auto body = project_channel_body(key.name, spec, secrets_);
    if (!body) co_return body.error();
    const auto done = co_await at->write(
        at, false, std::move(key.name), std::move(spec.instance_ids), *std::move(body)
    );
    if (!done) co_return done.error();
    co_return Result<>();
}

Task<Result<>> HttpChannelApi::remove(ChannelKey key, InstanceId instance, std::string id) {
    const auto found = project(key.project);
    if (!found) co_return found.error();
    const auto& at = *found;
    co_return co_await at->remove(at, instance, id);
}

Task<Result<>> HttpChannelApi::put_members(
    ChannelKey key, InstanceId instance, std::string id, ChannelSpec spec
) {
    const auto found = project(key.project);
    if (!found) co_return found.error();
    const auto& at = *found;
    std::string body = members_body(spec);
    co_return co_await at->put_members(at, instance, id, std::move(body));
}

Task<Result<std::vector<GatewayInstance>>> HttpChannelApi::instances(std::string name) {
    const auto found = project(name);
    if (!found) co_return found.error();
    const auto& at = *found;
    co_return co_await at->instances(at);
}

Task<Result<bool>> HttpChannelApi::name_modifiable(std::string name, InstanceId instance) {
    const auto found = project(name);
    if (!found) co_return found.error();
    const auto& at = *found;
    co_return co_await at->name_modifiable(at, instance);
}

Task<Result<std::vector<Quota>>> HttpChannelApi::quotas(std::string name, InstanceId instance) {
    const auto found = project(name);
    if (!found) co_return found.error();
    const auto& at = *found;
    co_return co_await at->quotas(at, instance);
}

}  // namespace fairway
