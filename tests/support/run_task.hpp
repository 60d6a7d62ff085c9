#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <exception>
#include <optional>
#include <stdexcept>
#include <utility>

#include "reconciler/ports/task.hpp"

namespace fairway {

/// Runs `task` on `context` until it ends; returns its value or throws what it threw. Other work of the
/// context goes on meanwhile and stays for the next call.
template <class T>
T run_task(boost::asio::io_context& context, Task<T> task) {
    std::optional<T> value;
    std::exception_ptr failure;
    bool ended = false;
    auto keep = [](Task<T> inner, std::optional<T>& out) -> Task<> { out = co_await std::move(inner); };
    boost::asio::co_spawn(context, keep(std::move(task), value), [&](std::exception_ptr thrown) {
        failure = thrown;
        ended = true;
    });
    context.restart();
    while (!ended && context.run_one() > 0) {
    }
    if (failure) std::rethrow_exception(failure);
    if (!value) throw std::logic_error("the task waits for something that cannot come");
    return std::move(*value);
}

inline void run_task(boost::asio::io_context& context, Task<> task) {
    std::exception_ptr failure;
    bool ended = false;
    boost::asio::co_spawn(context, std::move(task), [&](std::exception_ptr thrown) {
        failure = thrown;
        ended = true;
    });
    context.restart();
    while (!ended && context.run_one() > 0) {
    }
    if (failure) std::rethrow_exception(failure);
    if (!ended) throw std::logic_error("the task waits for something that cannot come");
}

}  // namespace fairway
