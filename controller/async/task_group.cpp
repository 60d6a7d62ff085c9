#include "controller/async/task_group.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <list>

namespace fairway {
namespace asio = boost::asio;

struct TaskGroup::State {
    explicit State(const asio::any_io_executor& loop)
        : executor(loop), changed(loop, asio::steady_timer::time_point::max()) {}
    asio::any_io_executor executor;
    asio::steady_timer changed;  // cancelled whenever a task ends
    std::list<asio::cancellation_signal> running;
    std::exception_ptr failure;
};

namespace {

bool is_cancellation(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const boost::system::system_error& error) {
        return error.code() == asio::error::operation_aborted;
    } catch (...) {
        return false;
    }
}

}  // namespace

TaskGroup::TaskGroup(asio::any_io_executor executor) : state_(std::make_shared<State>(executor)) {}
TaskGroup::~TaskGroup() = default;

void TaskGroup::spawn(Task<> task) {
    const auto signal = state_->running.emplace(state_->running.end());
    auto ended = [state = state_, signal](std::exception_ptr thrown) {
        state->running.erase(signal);
        if (thrown && !state->failure && !is_cancellation(thrown)) state->failure = thrown;
        state->changed.cancel();
    };
    asio::co_spawn(
        state_->executor, std::move(task), asio::bind_cancellation_slot(signal->slot(), std::move(ended))
    );
}

void TaskGroup::cancel() {
    // A task may end, and leave the list, while it is being told.
    std::list<asio::cancellation_signal>& running = state_->running;
    for (auto it = running.begin(); it != running.end();) {
        const auto next = std::next(it);
        it->emit(asio::cancellation_type::terminal);
        it = next;
    }
}

Task<> TaskGroup::join() {
    const auto state = state_;
    co_await asio::this_coro::throw_if_cancelled(false);
    bool told = false;
    while (!state->running.empty()) {
        const auto cancellation = co_await asio::this_coro::cancellation_state;
        if (!told && cancellation.cancelled() != asio::cancellation_type::none) {
            told = true;
            co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
            cancel();
            continue;
        }
        boost::system::error_code woken;
        co_await state->changed.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    }
    if (state->failure) std::rethrow_exception(std::exchange(state->failure, nullptr));
}

std::size_t TaskGroup::size() const {
    return state_->running.size();
}

}  // namespace fairway
