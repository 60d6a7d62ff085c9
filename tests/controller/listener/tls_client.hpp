#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tests/controller/api/certificates.hpp"

namespace fairway::test {

/// A blocking TLS client that trusts one authority. Gives up after 20 s.
class TlsClient {
public:
    struct Options {
        const testing::Made* authority = nullptr;    ///< of the server's certificate; null: any is taken
        const testing::Made* certificate = nullptr;  ///< ours
        int max_version = 0;
        std::string protocols{};  ///< for ALPN, each with its length before it
        std::string before{};     ///< sent in the clear ahead of the handshake
    };
    TlsClient(std::uint16_t port, const Options& options);
    ~TlsClient();
    /// Whether the handshake was done, as far as the client can tell.
    bool connected() const;
    std::string version() const, protocol() const;
    /// Common name of the server's certificate; empty where it showed none.
    std::string server() const;
    void send(std::string_view bytes);
    /// Everything until the other side closes.
    std::string rest();
    /// Whether the other side said that it was finished, rather than cutting us off.
    bool ended_well() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace fairway::test
