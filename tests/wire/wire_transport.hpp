#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "controller/api/http_transport.hpp"
#include "reconciler/ports/clock.hpp"
#include "tests/simulator/api.hpp"

namespace fairway {

/// What becomes of one exchange on its way.
enum class WireFate : std::uint8_t {
    fine,
    refused,      ///< no connection
    silent,       ///< the connection stands, and nothing ever comes
    lost_before,  ///< broken while the request is sent
    lost_after,   ///< the request was heard, its answer is lost
};

/// The simulated cloud in the same process and on the same clock, reached through the bytes of HTTP but
/// without a socket. Answers go through the real parser, in slices.
class WireTransport : public HttpTransport {
public:
    struct Weather {
        std::function<WireFate(const HttpRequest&)> fate = [](const HttpRequest&) {
            return WireFate::fine;
        };
        /// The size of the next slice of an answer.
        std::function<std::size_t()> slice = [] { return std::size_t{16} << 10U; };
        Duration round_trip{std::chrono::milliseconds(20)};
        std::uint64_t exchanges = 0;  ///< that left us, or tried to
    };

    WireTransport(
        const boost::asio::any_io_executor& executor, std::string authority, apic_simulator::Api& cloud,
        Clock& clock, Weather& weather
    );

    Task<CallSlots::Slot> admit() override { return slots_.take(); }
    Task<Result<HttpReply>> send(CallSlots::Slot slot, HttpRequest request, CallDeadlines limits)
        override;
    void limit(unsigned calls) override { slots_.limit(calls); }
    const std::string& authority() const override { return authority_; }

private:
    Task<> ask(apic_simulator::Exchange& exchange);
    Result<HttpReply> read(const apic_simulator::Exchange& exchange, bool safe);

    CallSlots slots_;
    std::string authority_;
    apic_simulator::Api& cloud_;
    Clock& clock_;
    Weather& weather_;
};

}  // namespace fairway
