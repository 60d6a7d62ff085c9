#include "controller/api/name_lookup.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cstring>
#include <list>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

namespace fairway {
namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using SteadyTime = std::chrono::steady_clock::time_point;

namespace {

constexpr auto remembered = std::chrono::seconds(60);
constexpr std::size_t most_addresses = 8;

Error lookup_error(ErrorReason reason, const std::string& host, const std::string& why) {
    return {ErrorClass::retryable, reason, "look up " + host + ": " + why};
}

Result<NameLookup::Endpoints> resolve(const std::string& host, std::uint16_t port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failure = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
    if (failure != 0) return lookup_error(ErrorReason::network, host, ::gai_strerror(failure));
    NameLookup::Endpoints endpoints;
    for (const addrinfo* at = found; at != nullptr && endpoints.size() < most_addresses;
         at = at->ai_next) {
        if (at->ai_family != AF_INET && at->ai_family != AF_INET6) continue;
        tcp::endpoint endpoint;
        endpoint.resize(at->ai_addrlen);
        std::memcpy(endpoint.data(), at->ai_addr, at->ai_addrlen);
        endpoint.port(port);
        endpoints.push_back(endpoint);
    }
    ::freeaddrinfo(found);
    if (endpoints.empty()) return lookup_error(ErrorReason::network, host, "no address");
    return endpoints;
}

}  // namespace

struct NameLookup::State : std::enable_shared_from_this<NameLookup::State> {
    // What the thread of a lookup shares with us: once abandoned, it may touch nothing else of ours.
    struct Flight {
        std::mutex mutex;
        bool abandoned = false;
    };

    struct Waiter {
        explicit Waiter(State& state, SteadyTime until) : owner(state), timer(state.executor, until) {
            place = owner.waiting.insert(owner.waiting.end(), this);
        }
        Waiter(const Waiter&) = delete;
        Waiter& operator=(const Waiter&) = delete;
        ~Waiter() { owner.waiting.erase(place); }
        State& owner;
        asio::steady_timer timer;
        std::list<Waiter*>::iterator place;
        std::optional<Result<Endpoints>> answer;
    };

    void start() {
        flight = std::make_shared<Flight>();
        auto work = [self = weak_from_this(), to = executor, mine = flight, host_copy = host,
                     port_copy = port] {
            auto result = resolve(host_copy, port_copy);
            const std::lock_guard lock(mine->mutex);  // the loop lives as long as nobody abandons us
            if (mine->abandoned) return;
            asio::post(to, [self, result = std::move(result)]() mutable {
                if (const auto state = self.lock()) state->finish(std::move(result));
            });
        };
        try {
            std::thread(std::move(work)).detach();
        } catch (const std::system_error& e) {
            finish(lookup_error(ErrorReason::internal, host, e.what()));
        }
    }

    void finish(Result<Endpoints> result) {
        flight.reset();
        if (result) {
            known = *result;
            known_until = std::chrono::steady_clock::now() + remembered;
        }
        for (Waiter* waiter : waiting) {
            if (!waiter->answer) waiter->answer = result;
            waiter->timer.cancel();
        }
    }

    asio::any_io_executor executor;
    std::string host;
    std::uint16_t port = 0;
    Endpoints known;
    SteadyTime known_until;
    std::shared_ptr<Flight> flight;
    std::list<Waiter*> waiting;
};

NameLookup::NameLookup(asio::any_io_executor executor, std::string host, std::uint16_t port)
    : state_(std::make_shared<State>()) {
    state_->executor = std::move(executor);
    state_->host = std::move(host);
    state_->port = port;
    boost::system::error_code no_literal;
    const auto address = asio::ip::make_address(state_->host, no_literal);
    if (no_literal) return;
    state_->known.emplace_back(address, port);
    state_->known_until = SteadyTime::max();
}

NameLookup::~NameLookup() {
    if (!state_->flight) return;
    const std::lock_guard lock(state_->flight->mutex);
    state_->flight->abandoned = true;
}

Task<Result<NameLookup::Endpoints>> NameLookup::endpoints(SteadyTime until) {
    const auto state = state_;
    if (!state->known.empty() && std::chrono::steady_clock::now() < state->known_until) {
        co_return state->known;
    }
    State::Waiter waiter(*state, until);
    if (!state->flight) state->start();
    if (!waiter.answer) {
        boost::system::error_code woken;
        co_await waiter.timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
        if (!waiter.answer && woken) throw boost::system::system_error(asio::error::operation_aborted);
    }
    if (waiter.answer) co_return *waiter.answer;
    co_return lookup_error(ErrorReason::timeout, state->host, "the resolver does not answer");
}

void NameLookup::forget() {
    if (state_->known_until != SteadyTime::max()) state_->known_until = SteadyTime();
}

}  // namespace fairway
