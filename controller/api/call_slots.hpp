#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <list>

#include "reconciler/ports/task.hpp"

namespace fairway {

/// How many calls may be in flight at once: whoever came first goes first. One thread only.
class CallSlots {
public:
    CallSlots(boost::asio::any_io_executor executor, unsigned limit);
    CallSlots(const CallSlots&) = delete;
    CallSlots& operator=(const CallSlots&) = delete;

    /// The right to one call, given back when it goes. Its CallSlots must outlive it.
    class Slot {
    public:
        explicit Slot(CallSlots& owner) : owner_(&owner) {}
        Slot(Slot&& other) noexcept : owner_(other.owner_) { other.owner_ = nullptr; }
        Slot& operator=(Slot&&) = delete;
        ~Slot() {
            if (owner_ != nullptr) owner_->give_back();
        }

    private:
        CallSlots* owner_;
    };

    Task<Slot> take();
    /// Takes effect for those who wait, too; calls in flight beyond a lower limit are left to end.
    void limit(unsigned limit);
    std::size_t used() const { return used_; }
    std::size_t waiting() const { return waiting_.size(); }

private:
    struct Waiter;
    void give_back();
    void admit();

    boost::asio::any_io_executor executor_;
    std::size_t limit_, used_ = 0;
    std::list<Waiter*> waiting_;
};

}  // namespace fairway
