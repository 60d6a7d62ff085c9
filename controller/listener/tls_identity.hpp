#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "reconciler/model/error.hpp"
#include "reconciler/model/secret.hpp"

namespace fairway {

/// What a server shows its clients, and whom of them it trusts; all in PEM.
struct TlsMaterial {
    std::string certificate;  ///< with those above it
    Secret key;
    std::string client_ca;  ///< authorities of client certificates; empty: none is asked for
};

/// The same, ready for use. TLS 1.2 at least; nothing is resumed, so that a certificate that is taken
/// out of use is looked at again with every connection.
class TlsIdentity {
public:
    static Result<std::shared_ptr<const TlsIdentity>> make(const TlsMaterial& material);
    ~TlsIdentity();
    bool asks_clients() const;

private:
    friend class TlsSession;
    struct State;
    explicit TlsIdentity(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// The server's side of TLS over a connected, non-blocking socket, which stays the caller's. No step
/// waits. What comes before the handshake is never given out.
class TlsSession {
public:
    enum class Step : std::uint8_t {
        done,
        want_read,   ///< repeat it when the socket can be read
        want_write,  ///< repeat it when the socket can be written
        ended,       ///< by the client, or by what it sent
    };
    TlsSession(std::shared_ptr<const TlsIdentity> identity, int socket);
    ~TlsSession();

    Step handshake();
    Step read(char* room, std::size_t size, std::size_t& got);
    Step write(std::string_view bytes, std::size_t& written);
    /// Whether the client showed a certificate that we trust. One that we do not trust ends the
    /// handshake.
    bool client_proven() const;
    /// Tells the client that nothing more comes, if that can be done at once.
    void say_goodbye();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace fairway
