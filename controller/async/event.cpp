#include "controller/async/event.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace fairway {
namespace asio = boost::asio;

// A timer that never fires is Asio's plainest list of waiters.
struct Event::State {
    explicit State(const asio::any_io_executor& executor)
        : timer(executor, asio::steady_timer::time_point::max()) {}
    asio::steady_timer timer;
};

Event::Event(asio::any_io_executor executor) : state_(std::make_unique<State>(executor)) {}
Event::~Event() = default;

void Event::notify() {
    state_->timer.cancel();
}

Task<> Event::wait() {
    boost::system::error_code woken;
    co_await state_->timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != asio::cancellation_type::none) {
        throw boost::system::system_error(asio::error::operation_aborted);
    }
}

}  // namespace fairway
