#include "controller/api/session.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr Duration longest_life = 24h, renewal_margin = 40min, between_renewals = 30s;
// A request takes a while to arrive: what is sent in the last moments of a grant comes too late.
constexpr Duration last_moments = 5s;

}  // namespace

Session::Session(boost::asio::any_io_executor executor, const Clock& clock, Start start, Issue issue)
    : clock_(clock),
      kind_(start.kind),
      standing_(std::move(start.standing)),
      issuing_(
          kind_ == Kind::looked_up
              ? std::make_shared<Standing>(executor, clock, Standing::Refused::pauses)
              : standing_
      ),
      issue_(std::move(issue)),
      changed_(std::move(executor)) {
    if (kind_ == Kind::given) take(std::move(start.first));
}

Session::~Session() = default;

std::optional<Error> Session::closed() const {
    auto refusal = standing_->closed();
    return refusal ? refusal : issuing_->closed();
}

bool Session::usable() const {
    return grant_ && clock_.wall() < usable_until_;
}

bool Session::due() const {
    if (!usable()) return true;
    return clock_.wall() >= renew_at_ && !renewing_ && clock_.now() >= next_renewal_;
}

void Session::take(Grant grant) {
    signer_.reset();
    if (const auto* key = std::get_if<AccessKey>(&grant.proof)) signer_.emplace(*key);
    if (grant.expires_at != WallTime::max()) {
        const Duration life = std::min<Duration>(grant.expires_at - clock_.wall(), longest_life);
        renew_at_ = clock_.wall() + life - std::min(renewal_margin, life / 5);
        usable_until_ = clock_.wall() + life - std::min(last_moments, life / 10);
    }
    grant_ = std::move(grant);
}

Task<Result<Session::Pass>> Session::enter() {
    for (;;) {
        if (auto refusal = closed()) co_return *std::move(refusal);
        if (due()) {
            if (!renewing_) {
                const auto renewed = co_await renew();
                if (!renewed && !usable()) co_return renewed.error();
                continue;
            }
            const auto before = renewals_;
            co_await changed_.wait();
            // The failure of the one who asked is everybody's; when they were cancelled, we ask.
            if (renewals_ != before && last_failure_ && !usable()) co_return *last_failure_;
            continue;
        }
        auto pass = co_await standing_->enter();
        if (!pass) co_return pass.error();
        if (!usable() || pass->outdated()) continue;  // it took a while
        co_return Pass(*this, *std::move(pass), grant_->expires_at);
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
        // A refusal while the old grant still works is not yet everybody's trouble.
        const bool passing = issued.error().cls() == ErrorClass::retryable ||
                             issued.error().cls() == ErrorClass::throttled;
        if (!passing && !usable()) issuing_->close(issued.error());
        co_return issued.error();
    }
    last_failure_.reset();
    // The successor of a grant that came to its end in peace needs no trial.
    const bool proven = standing_->proven() && !worn_;
    take(*std::move(issued));
    if (kind_ == Kind::renewed) standing_->replaced(proven);
    co_return Result<>();
}

void Session::Pass::worked() {
    if (!pass_.outdated()) session_->worn_ = false;
    pass_.worked();
}

bool Session::Pass::ended() const {
    return session_->clock_.wall() >= ends_;
}

bool Session::Pass::refused(const Error& error) {
    Session& at = *session_;
    if (pass_.outdated()) return true;  // the grant was replaced meanwhile
    if (at.kind_ != Kind::renewed) {
        pass_.refused(error);
        return false;
    }
    const bool died = at.standing_->proven() || ended();  // a good grant that ended early
    at.grant_.reset();
    if (died) {
        at.worn_ = true;
        at.standing_->replaced(false);
        return true;
    }
    pass_.refused(at.worn_ ? Error(error).in("a new one was refused as well") : error);
    return false;
}

void Session::authorise(
    HttpRequest& request, const std::string& path, const Query& query, const std::string& authority
) const {
    const std::string& project = grant_->project_id;
    if (const auto* token = std::get_if<Token>(&grant_->proof)) {
        request.fields.push_back({"X-Project-Id", project});
        request.fields.push_back({"X-Auth-Token", std::string(token->value.reveal())});
        return;
    }
    const auto& key = std::get<AccessKey>(grant_->proof);
    sign(request, key, *signer_, project, path, query, authority, clock_.wall());
}

void sign(
    HttpRequest& request, const AccessKey& key, const Signer& signer, const std::string& project_id,
    const std::string& path, const Query& query, const std::string& authority, WallTime now
) {
    std::vector<HttpField>& fields = request.fields;
    if (!project_id.empty()) fields.push_back({"X-Project-Id", project_id});
    const std::string date = sdk_date(now);
    fields.push_back({"X-Sdk-Date", date});
    if (key.security_token) {
        fields.push_back({"X-Security-Token", std::string(key.security_token->reveal())});
    }
    fields.push_back({"Host", authority});  // signed here, sent by the client
    const SignedRequest parts{request.method, path, query, fields, request.body};
    std::string authorization = signer.authorization(parts, date);
    fields.back() = {"Authorization", std::move(authorization)};
}

}  // namespace fairway
