#pragma once

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <utility>

#include "controller/api/https_client.hpp"
#include "tests/controller/api/tls_server.hpp"
#include "tests/support/run_task.hpp"

namespace fairway::testing {

/// A client of one host, which trusts the tests' authority, and the loop that it runs on.
struct Caller {
    explicit Caller(unsigned short port, std::string host = "127.0.0.1") {
        HttpsOptions options;
        options.host = std::move(host);
        options.port = port;
        options.ca_file = authority().file();
        auto opened = HttpsClient::open(io.get_executor(), options);
        REQUIRE(opened);
        client = *std::move(opened);
    }
    /// A POST has a body and a token.
    Result<HttpReply> send(const std::string& method) {
        HttpRequest request;
        request.method = method;
        request.target = "/";
        if (method == "POST") {
            request.body = "{}";
            request.fields.push_back({"X-Auth-Token", "secret-token"});
        }
        return run_task(io, client->send(std::move(request), limits));
    }
    boost::asio::io_context io;
    CallDeadlines limits;
    std::unique_ptr<HttpsClient> client;
};

}  // namespace fairway::testing
