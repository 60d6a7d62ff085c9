#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "controller/api/endpoint.hpp"
#include "reconciler/model/error.hpp"

namespace fairway {

/// What a connection rests on beside the host's name.
struct TlsFiles {
    std::optional<std::string> ca_file;   ///< trusted instead of the system's store
    std::optional<std::string> crl_file;  ///< revocation lists, one of every authority in the chain
    std::optional<ClientCertificate> client_certificate;
};

/// Whether it can be shown: the file is read, and the key is that of its certificate.
Result<> check_client_certificate(const ClientCertificate& ours);

/// How one host is trusted, and what was kept of former connections to resume them cheaply. The chain
/// and the name are always verified; there is no switch.
class TlsContext {
public:
    /// A file that is missing, empty or not PEM is an error.
    static Result<std::unique_ptr<TlsContext>> open(const std::string& host, const TlsFiles& files);
    ~TlsContext();

private:
    friend class TlsStream;
    struct State;
    explicit TlsContext(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// What stopped a step of a TLS connection.
enum class TlsStep : std::uint8_t {
    done,
    want_read,   ///< repeat it when the socket can be read
    want_write,  ///< repeat it when the socket can be written
    closed,      ///< the peer said that it was finished
    failed,      ///< anything else; failure() tells
};

/// TLS over a connected, non-blocking socket, which stays the caller's. No step ever waits. The context
/// must outlive it.
class TlsStream {
public:
    TlsStream(TlsContext& context, int socket);
    ~TlsStream();

    TlsStep handshake();
    TlsStep write(std::string_view bytes, std::size_t& written);
    TlsStep read(char* room, std::size_t size, std::size_t& got);
    /// Whether an idle connection can carry another request: open, and nothing came unasked.
    bool quiet();
    /// Whether bytes were taken from the socket that read() has not given out yet.
    bool buffered() const;
    /// Tells the peer that we are finished, if that can be done at once.
    void say_goodbye();

    /// How many bytes the system took from us, handshake included.
    std::uint64_t bytes_sent() const;
    bool resumed() const;
    std::string failure() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace fairway
