#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <utility>

#include "controller/api/http_channel_api.hpp"
#include "tests/support/fakes.hpp"
#include "tests/support/sim_clock.hpp"
#include "tests/wire/scripted_transport.hpp"

namespace fairway {

/// The real client of the API, on simulated time, before a script instead of a cloud.
struct ScriptedApi {
    explicit ScriptedApi(ScriptedTransport::Answer answer) {
        HttpChannelApi::Options options;
        options.connect = [this,
                           answer = std::move(answer)](const std::string&, const ProjectEndpoint&) {
            ++connects;
            return Result<std::unique_ptr<HttpTransport>>(
                std::make_unique<ScriptedTransport>(context.get_executor(), answer)
            );
        };
        ProjectEndpoint endpoint;
        endpoint.name = "default";
        endpoint.project_id = "p";
        endpoint.endpoint = "https://gateway.example";
        endpoint.credentials = AccessKey{Secret("ak"), Secret("sk"), std::nullopt};
        auto opened = HttpChannelApi::open(
            context.get_executor(), {endpoint},
            [](std::string_view) -> const Secret* { return nullptr; }, clock, entropy, metrics,
            std::move(options)
        );
        if (opened) api = *std::move(opened);
    }

    boost::asio::io_context context;
    SimClock clock{context};
    FixedEntropy entropy;
    NoMetrics metrics;
    std::unique_ptr<HttpChannelApi> api;
    int connects = 0;
};

/// The bytes of an answer that has a length.
inline std::string http(
    const std::string& status, const std::string& body, const std::string& more = {}
) {
    return "HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\n" + more +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace fairway
