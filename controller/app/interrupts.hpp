#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <initializer_list>
#include <memory>

namespace fairway {

/// Hears signals on the loop, for as long as it lives.
class Interrupts {
public:
    using Handler = std::function<void(int signal)>;
    Interrupts(
        boost::asio::any_io_executor executor, std::initializer_list<int> signals, Handler on_signal
    );
    ~Interrupts();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace fairway
