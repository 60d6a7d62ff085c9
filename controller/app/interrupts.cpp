#include "controller/app/interrupts.hpp"

#include <boost/asio/signal_set.hpp>

namespace fairway {

struct Interrupts::State : std::enable_shared_from_this<Interrupts::State> {
    State(const boost::asio::any_io_executor& executor, Handler handler)
        : signals(executor), on_signal(std::move(handler)) {}

    void listen() {
        signals.async_wait([self = shared_from_this()](boost::system::error_code error, int signal) {
            if (error || self->over) return;
            self->on_signal(signal);
            if (!self->over) self->listen();
        });
    }

    boost::asio::signal_set signals;
    Handler on_signal;
    bool over = false;
};

Interrupts::Interrupts(
    boost::asio::any_io_executor executor, std::initializer_list<int> signals, Handler on_signal
)
    : state_(std::make_shared<State>(executor, std::move(on_signal))) {
    for (const int signal : signals) state_->signals.add(signal);
    state_->listen();
}

Interrupts::~Interrupts() {
    state_->over = true;
    boost::system::error_code ignored;
    state_->signals.cancel(ignored);
}

}  // namespace fairway
