#pragma once

#include <utility>  // before awaitable.hpp, which forgets it

#include <boost/asio/awaitable.hpp>

namespace fairway {

/// A coroutine of ours. It runs on the one thread of the loop, takes its parameters by value, and
/// reports what the outside does as a Result; cancellation alone arrives as an exception
/// (operation_aborted).
template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace fairway
