#include "controller/api/session.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr Duration first_pause = 60s, longest_pause = 15min;
constexpr Duration longest_life = 24h, renewal_margin = 40min, between_renewals = 30s;

}  // namespace

Session::Session(
    boost::asio::any_io_executor executor, const Clock& clock, Credentials credentials,
    std::string project_id, Issue issue
)
    : clock_(clock),
      project_id_(std::move(project_id)),
      by_token_(std::holds_alternative<Password>(credentials)),
      issue_(std::move(issue)),
      changed_(std::move(executor)),
      pause_(first_pause) {
    if (auto* key = std::get_if<AccessKey>(&credentials)) {
        signer_.emplace(*key);
        security_token_ = std::move(key->security_token);
    }
}

Session::~Session() = default;

std::optional<Error> Session::closed() const {
    const Duration left = closed_until_ - clock_.now();
    if (!refusal_ || left <= Duration::zero()) return std::nullopt;
    return Error(*refusal_).after(left);
}

bool Session::token_usable() const {
    return token_ && clock_.wall() < token_->expires_at;
}

bool Session::token_due() const {
    if (!token_usable()) return true;
    return clock_.wall() >= renew_at_ && !renewing_ && clock_.now() >= next_renewal_;
}

Task<Result<Session::Pass>> Session::enter() {
    for (;;) {
        if (auto refusal = closed()) co_return *std::move(refusal);
        if (by_token_ && token_due()) {
            if (!renewing_) {
                const auto renewed = co_await renew();
                if (!renewed && !token_usable()) co_return renewed.error();
                continue;
            }
            const auto before = renewals_;
            co_await changed_.wait();
            // The failure of the one who asked is everybody's; when they were cancelled, we ask.
            if (renewals_ != before && last_failure_ && !token_usable()) co_return *last_failure_;
            continue;
        }
        if (proven_) co_return Pass(*this, generation_, false);
        if (!probing_) {
            probing_ = true;
            co_return Pass(*this, generation_, true);
        }
        const auto before = unheard_;
        co_await changed_.wait();
        if (unheard_ != before) co_return *last_unheard_;
    }
}

Task<Result<>> Session::renew() {
    struct Renewing {
        explicit Renewing(Session& session) : of(session) { of.renewing_ = true; }
        Renewing(const Renewing&) = delete;
        Renewing& operator=(const Renewing&) = delete;
        ~Renewing() {
            of.renewing_ = false;
            of.changed_.notify();
        }
        Session& of;
    };
    const Renewing renewing(*this);
    auto issued = co_await issue_();
    ++renewals_;
    if (!issued) {
        last_failure_ = issued.error();
        next_renewal_ = clock_.now() + between_renewals;
        // A refusal while the old token still works is not yet everybody's trouble.
        const bool passing = issued.error().cls() == ErrorClass::retryable ||
                             issued.error().cls() == ErrorClass::throttled;
        if (!passing && !token_usable()) close(issued.error());
        co_return issued.error();
    }
    last_failure_.reset();
    const Duration life = std::min(issued->expires_at - clock_.wall(), longest_life);
    renew_at_ = clock_.wall() + life - std::min(renewal_margin, life / 5);
    token_ = *std::move(issued);
    ++generation_;
    proven_ = probing_ = false;
    co_return Result<>();
}

void Session::close(const Error& error) {
    if (closed()) return;  // by a call that was in flight together with this one
    refusal_ = error;
    closed_until_ = clock_.now() + pause_;
    pause_ = std::min(2 * pause_, longest_pause);
    proven_ = false;
    changed_.notify();
}

void Session::end_probe(std::uint64_t generation) {
    if (generation != generation_) return;
    probing_ = false;
    changed_.notify();
}

Session::Pass::~Pass() {
    if (session_ != nullptr && probe_) session_->end_probe(generation_);
}

void Session::Pass::worked() {
    if (generation_ != session_->generation_ || session_->closed()) return;
    session_->pause_ = first_pause;
    session_->refusal_.reset();
    if (session_->proven_) return;
    session_->proven_ = true;
    session_->changed_.notify();
}

bool Session::Pass::refused(const Error& error) {
    Session& at = *session_;
    if (generation_ != at.generation_) return true;  // the token was replaced meanwhile
    const bool died = at.by_token_ && at.proven_;    // a good token that ended early
    at.token_.reset();
    if (died) {
        ++at.generation_;
        at.proven_ = at.probing_ = false;
        return true;
    }
    at.close(error);
    return false;
}

void Session::Pass::unheard(const Error& error) {
    if (!probe_ || generation_ != session_->generation_) return;
    ++session_->unheard_;
    // Made anew: for those who wait the outcome of their own call is known, nothing was sent.
    session_->last_unheard_ =
        Error(error.cls(), error.reason(), "the first call with these credentials: " + error.what());
}

void Session::authorise(
    HttpRequest& request, const std::string& path, const Query& query, const std::string& authority
) const {
    std::vector<HttpField>& fields = request.fields;
    fields.push_back({"X-Project-Id", project_id_});
    if (by_token_) {
        if (token_) fields.push_back({"X-Auth-Token", std::string(token_->value.reveal())});
        return;
    }
    const std::string date = sdk_date(clock_.wall());
    fields.push_back({"X-Sdk-Date", date});
    if (security_token_) fields.push_back({"X-Security-Token", std::string(security_token_->reveal())});
    fields.push_back({"Host", authority});  // signed here, sent by the client
    const SignedRequest parts{request.method, path, query, fields, request.body};
    std::string authorization = signer_->authorization(parts, date);
    fields.back() = {"Authorization", std::move(authorization)};
}

}  // namespace fairway
