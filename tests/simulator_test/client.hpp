#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tests/simulator/http.hpp"
#include "tests/simulator/json.hpp"

namespace simulator_test {

using apic_simulator::Pairs;

struct Response {
    int status = 0;
    Pairs headers;  ///< names in lower case
    std::string body;

    const std::string* header(std::string_view name) const;
    /// What is at a JSON pointer of the body, as text: a string as it is, all else as JSON; "" when
    /// there is nothing.
    std::string at(const std::string& pointer) const;
    std::string error_code() const { return at("/error_code"); }
};

/// The connection broke, or the server's certificate was not trusted.
struct Broken {
    std::string why;
};

/// A small blocking HTTP client. One connection, opened when it is first needed and after it broke.
class Client {
public:
    /// Without `ca_pem`, plain HTTP.
    Client(unsigned short port, std::string ca_pem, std::string host = "127.0.0.1");
    ~Client();
    Client(Client&&) noexcept;

    Response call(
        std::string_view method, std::string_view target, std::string_view body = {},
        const Pairs& headers = {}
    );
    // The same in two halves.
    void send(
        std::string_view method, std::string_view target, std::string_view body = {},
        const Pairs& headers = {}
    );
    Response receive();
    /// Raw bytes, for what is not HTTP.
    void send_raw(std::string_view bytes);
    void close();
    /// Whether the last connection made was resumed.
    bool resumed() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace simulator_test
