#include "controller/api/call_slots.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

namespace fairway {
namespace asio = boost::asio;

struct CallSlots::Waiter {
    explicit Waiter(CallSlots& slots)
        : owner(slots), timer(slots.executor_, asio::steady_timer::time_point::max()) {
        place = owner.waiting_.insert(owner.waiting_.end(), this);
    }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;
    ~Waiter() {
        if (!admitted) owner.waiting_.erase(place);
    }

    CallSlots& owner;
    asio::steady_timer timer;
    std::list<Waiter*>::iterator place;
    bool admitted = false;
};

CallSlots::CallSlots(asio::any_io_executor executor, unsigned limit)
    : executor_(std::move(executor)), limit_(std::max(1U, limit)) {}

Task<CallSlots::Slot> CallSlots::take() {
    if (used_ < limit_) {  // then nobody waits
        ++used_;
        co_return Slot(*this);
    }
    Waiter waiter(*this);
    boost::system::error_code woken;
    co_await waiter.timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    // Admitted and cancelled at once: the slot is taken, and given back by the caller's next await.
    if (waiter.admitted) co_return Slot(*this);
    throw boost::system::system_error(asio::error::operation_aborted);
}

void CallSlots::limit(unsigned limit) {
    limit_ = std::max(1U, limit);
    admit();
}

void CallSlots::give_back() {
    --used_;
    admit();
}

void CallSlots::admit() {
    while (used_ < limit_ && !waiting_.empty()) {
        Waiter* first = waiting_.front();
        waiting_.pop_front();
        first->admitted = true;  // the slot is theirs from now on, so that nobody slips in before
        ++used_;
        first->timer.cancel();
    }
}

}  // namespace fairway
