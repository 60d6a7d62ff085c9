#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "reconciler/model/error.hpp"
#include "reconciler/ports/task.hpp"

namespace fairway {

/// The addresses of one host. The system's resolver blocks and cannot be interrupted, so it runs on a
/// thread of its own, at most one at a time, and is left behind when it hangs.
class NameLookup {
public:
    using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

    NameLookup(boost::asio::any_io_executor executor, std::string host, std::uint16_t port);
    ~NameLookup();
    /// Answers from memory for a minute. Those who ask at the same time share one lookup.
    Task<Result<Endpoints>> endpoints(std::chrono::steady_clock::time_point until);
    /// None of the addresses was any good: ask again next time.
    void forget();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace fairway
