#include "controller/api/standing.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr Duration first_pause = 60s, longest_pause = 15min;
constexpr unsigned most_refusals = 4;     // in a row, of a key: the sixth locks it
constexpr Duration lock_and_more = 6min;  // a lock lasts for five

}  // namespace

Standing::Standing(boost::asio::any_io_executor executor, const Clock& clock, Refused refused)
    : clock_(clock), when_refused_(refused), changed_(std::move(executor)), pause_(first_pause) {}
Standing::~Standing() = default;

std::optional<Error> Standing::closed() const {
    if (!refusal_) return std::nullopt;
    if (for_good_) return refusal_;
    const Duration left = closed_until_ - clock_.now();
    if (left <= Duration::zero()) return std::nullopt;
    return Error(*refusal_).after(left);
}

Task<Result<Standing::Pass>> Standing::enter() {
    const auto self = shared_from_this();
    for (;;) {
        if (auto refusal = closed()) co_return *std::move(refusal);
        if (proven_) co_return Pass(self, epoch_, false);
        if (!probing_) {
            probing_ = true;
            co_return Pass(self, epoch_, true);
        }
        const auto before = unheard_;
        co_await changed_.wait();
        if (unheard_ != before) co_return *last_unheard_;
    }
}

void Standing::close(const Error& error) {
    const bool no_more = ++refusals_ >= most_refusals && when_refused_ == Refused::locks;
    if (closed()) {  // by a call that was in flight together with this one
        if (no_more) closed_until_ = std::max(closed_until_, clock_.now() + lock_and_more);
        return;
    }
    for_good_ = no_more || when_refused_ == Refused::stops;
    refusal_ = error;
    if (for_good_) {
        refusal_ = Error(
                       error.cls(), error.reason(),
                       error.what() + "; not tried again before the configuration is loaded anew"
        )
                       .with(error.fault());
    }
    closed_until_ = clock_.now() + pause_;
    pause_ = std::min(2 * pause_, longest_pause);
    proven_ = false;
    changed_.notify();
}

void Standing::replaced(bool proven) {
    ++epoch_;
    proven_ = proven;
    probing_ = false;
    changed_.notify();
}

void Standing::end_probe(std::uint64_t epoch) {
    if (epoch != epoch_) return;
    probing_ = false;
    changed_.notify();
}

Standing::Pass::Pass(std::shared_ptr<Standing> of, std::uint64_t epoch, bool probe)
    : of_(std::move(of)), epoch_(epoch), probe_(probe) {}
Standing::Pass::Pass(Pass&& other) noexcept = default;

Standing::Pass::~Pass() {
    if (of_ && probe_) of_->end_probe(epoch_);
}

void Standing::Pass::worked() {
    if (outdated() || of_->closed()) return;
    of_->pause_ = first_pause;
    of_->refusals_ = 0;
    of_->refusal_.reset();
    if (of_->proven_) return;
    of_->proven_ = true;
    of_->changed_.notify();
}

void Standing::Pass::refused(const Error& error) {
    if (!outdated()) of_->close(error);
}

void Standing::Pass::unheard(const Error& error) {
    if (!probe_ || outdated()) return;
    ++of_->unheard_;
    // Made anew: for those who wait the outcome of their own call is known, nothing was sent.
    of_->last_unheard_ =
        Error(error.cls(), error.reason(), "the first call with these credentials: " + error.what());
}

}  // namespace fairway
