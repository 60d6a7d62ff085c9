#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/api/call_slots.hpp"
#include "controller/api/http_channel_api.hpp"
#include "controller/api/http_transport.hpp"
#include "controller/api/iam_client.hpp"
#include "controller/api/mask.hpp"
#include "controller/api/session.hpp"
#include "controller/api/standing.hpp"
#include "reconciler/schedule/circuit_breaker.hpp"
#include "reconciler/schedule/limiter.hpp"
#include "reconciler/schedule/retry_budget.hpp"

namespace fairway {

/// One request, before it is signed.
struct Call {
    std::string_view operation;  ///< as the API names it
    CallClass cls = CallClass::read;
    std::string method = "GET";
    std::string path;  ///< below that of the project
    Query query;
    std::string body;
    ChannelApi::MaySend may_send;  ///< where it may be held back for longer than it is good for
};

/// One project of the cloud: its connections, credentials and pace, and the operations on it.
class HttpChannelApi::Project : public std::enable_shared_from_this<HttpChannelApi::Project> {
public:
    struct World {
        Clock& clock;
        Entropy& entropy;
        Metrics& metrics;
    };

    Project(
        const boost::asio::any_io_executor& executor, ProjectEndpoint endpoint, World world,
        Options options, std::unique_ptr<HttpTransport> api, std::unique_ptr<HttpTransport> iam,
        std::shared_ptr<Standing> login
    )
        : name_(std::move(endpoint.name)),
          world_(world),
          options_(options),
          api_(std::move(api)),
          iam_(std::move(iam)),
          turns_{CallSlots(executor, 1), CallSlots(executor, 1)},
          limiter_(endpoint.limits, world.clock.now()),
          retries_(RetryBudgetOptions(), world.clock.now()),
          mask_(endpoint, options_.secrets),
          session_(executor, world.clock, session_start(executor, endpoint, login), [this] {
              return issue();
          }) {
        if (iam_) {
            auto exchange = [this](HttpRequest request, std::string_view operation) {
                return ask_iam(std::move(request), operation);
            };
            issuer_.emplace(endpoint, iam_->authority(), std::move(login), world.clock, exchange);
        }
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
        std::string body, ChannelApi::MaySend may_send
    );
    Task<Result<>> remove(
        std::shared_ptr<Project> self, InstanceId instance, std::string id, ChannelApi::MaySend may_send
    );
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

    static std::string path_of(const InstanceId& instance, const std::string& id);
    Task<Result<HttpReply>> exchange(Call call);
    Task<Result<HttpReply>> persist(Call call);
    Task<std::optional<Error>> pace(const Call& call);
    Task<Result<HttpReply>> timed(
        HttpTransport* client, CallSlots::Slot slot, HttpRequest request, std::string_view operation
    );
    Task<Result<Collected>> collect(Lists what);
    Session::Start session_start(
        const boost::asio::any_io_executor& executor, const ProjectEndpoint& endpoint,
        std::shared_ptr<Standing> login
    ) const;
    Task<Result<Grant>> issue();
    void hide(const Grant& grant);
    Task<Result<Grant>> identified(Grant grant);
    Task<Result<HttpReply>> ask_iam(HttpRequest request, std::string_view operation);
    std::optional<Error> held_back() const;
    static Error too_late();
    void judge_pace(const Error* error, CallClass cls);
    void judge_health(const Error* error);
    void tell_rates();

    std::string name_;
    World world_;
    Options options_;
    std::unique_ptr<HttpTransport> api_, iam_;
    std::optional<IamClient> issuer_;
    std::array<CallSlots, 2> turns_;  ///< of CallClass: who waits for the next token
    Limiter limiter_;
    RetryBudget retries_;
    Mask mask_;
    CircuitBreaker breaker_;
    std::optional<Error> outage_;  ///< the failure that opened the circuit
    Session session_;
    std::size_t in_flight_ = 0;
    TimePoint not_before_{};  // the pause that a throttle asked for, also for those who wait already
    double told_reads_ = 0, told_writes_ = 0;
};

bool is_success(int status);
/// What an answer that is no success means.
Error refusal_of(const HttpReply& reply, std::string_view method, WallTime now);
/// The id that the cloud gave the request; empty where it gave none.
std::string_view request_id(const HttpReply& reply);
/// A success that does not say what it must. For a write that means: look.
Error odd_answer(const HttpReply& reply, bool write, const std::string& why);

}  // namespace fairway
