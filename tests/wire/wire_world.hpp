#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "controller/api/http_channel_api.hpp"
#include "tests/simulator/api.hpp"
#include "tests/support/fakes.hpp"
#include "tests/support/sim_clock.hpp"
#include "tests/wire/wire_transport.hpp"

namespace fairway {

/// The real client of the API before the simulated cloud, over the bytes of HTTP and simulated time.
struct WireWorld {
    explicit WireWorld(const LimiterOptions& limits = {}, apic_simulator::Config config = {});

    boost::asio::io_context context;
    SimClock clock{context};
    FixedEntropy entropy;
    WireTransport::Weather weather;
    apic_simulator::Api cloud;
    std::unique_ptr<HttpChannelApi> api;

    static constexpr const char* project = "default";
    std::vector<InstanceId> instances;  ///< of the cloud

private:
    apic_simulator::Config with_clock(apic_simulator::Config config);
    NoMetrics metrics_;
};

}  // namespace fairway
