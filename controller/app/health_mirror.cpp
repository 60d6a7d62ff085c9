#include "controller/app/health_mirror.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace fairway {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

namespace {

constexpr auto freshness = 100ms;

}  // namespace

/// Used on the loop alone; a question that is still on its way there keeps it.
struct HealthMirror::LoopSide {
    std::function<Health()> read;
    asio::any_io_executor here;
    HealthMirror* mirror;  ///< null once it is closed
};

HealthMirror::HealthMirror(
    asio::any_io_executor loop, asio::any_io_executor here, std::function<Health()> read, Limits limits
)
    : limits_(limits),
      side_(std::make_shared<LoopSide>(LoopSide{std::move(read), here, this})),
      loop_(std::move(loop)),
      answered_(here) {}

HealthMirror::~HealthMirror() = default;

bool HealthMirror::fresh() const {
    return told_at_ && SteadyClock::now() - *told_at_ < freshness;
}

void HealthMirror::ask() {
    asked_at_ = SteadyClock::now();
    answered_.expires_after(limits_.patience);
    asio::post(loop_, [side = side_] {
        if (side->mirror == nullptr) return;
        asio::post(side->here, [mirror = side->mirror, health = side->read()]() mutable {
            mirror->take(std::move(health));
        });
    });
}

void HealthMirror::take(Health health) {
    health_ = std::move(health);
    told_at_ = SteadyClock::now();
    asked_at_.reset();
    ++answers_;
    answered_.cancel();
}

Task<std::optional<Health>> HealthMirror::look() {
    if (!fresh()) {
        if (!asked_at_) ask();
        const unsigned before = answers_;
        boost::system::error_code woken;
        auto token = asio::redirect_error(asio::use_awaitable, woken);
        co_await answered_.async_wait(token);
        if (answers_ == before) co_return std::nullopt;
    }
    co_return health_;
}

bool HealthMirror::turning() {
    if (asked_at_) return SteadyClock::now() - *asked_at_ < limits_.turning;
    if (!fresh()) ask();
    return true;
}

void HealthMirror::close() {
    side_->mirror = nullptr;
    side_->read = nullptr;
}

}  // namespace fairway
