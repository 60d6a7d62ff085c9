#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace fairway::testing {

class Made;

/// A server certificate, good unless changed.
struct CertificateWish {
    std::string names = "IP:127.0.0.1,IP:::1,DNS:localhost";  ///< as subjectAltName; empty for none
    std::string common_name = "test server";
    long from_s = -3600, until_s = 24L * 3600;  ///< from now
    bool signed_by_authority = true;            ///< else by itself
    std::string purpose = "serverAuth";
};

/// Certificate and key, in PEM.
struct Issued {
    std::string certificate, key;
};

/// An authority made for one test program.
class Authority {
public:
    Authority();
    ~Authority();
    Issued issue(const CertificateWish& wish = {}) const;
    const std::string& pem() const;
    /// A file with pem().
    const std::string& file() const { return file_; }

private:
    std::unique_ptr<Made> made_;
    std::string file_;
};

/// The authority that tests trust, made once.
const Authority& authority();
/// A file in a temporary folder that goes with the program.
std::string temporary_file(const std::string& name, const std::string& content);

/// One accepted connection, seen from the server. Blocking, with a time limit of some seconds.
class Peer {
public:
    Peer(int socket, void* ssl) : socket_(socket), ssl_(ssl) {}
    /// Header and body of the next request; empty when the client ended the connection.
    std::string read_request();
    /// So many bytes of a request, or what came before the client ended the connection.
    std::string read_bytes(std::size_t count);
    void write(std::string_view bytes);
    /// Until the client ends the connection.
    void wait_for_end();
    /// The same, without reading anything.
    void wait_for_hangup();
    void say_goodbye();  ///< close_notify
    void shut_down();    ///< ends our direction without close_notify
    void reset();        ///< RST
    /// Asks for a new handshake amid the connection, as TLS 1.2 allows; whether the client agreed.
    bool renegotiate();

private:
    int socket_;
    void* ssl_;
};

/// A TLS server on a free port of 127.0.0.1. Every connection gets a thread that runs the script.
class TlsServer {
public:
    using Script = std::function<void(Peer&, int connection)>;
    struct Options {
        Issued certificate;
        bool tls = true;  ///< else the script gets the bare connection
        int max_version = 0, min_version = 0;
        bool shake_hands = true;               ///< else the connection is accepted and left
        unsigned short port = 0;               ///< 0: a free one
        std::string client_authority{};        ///< in PEM: clients must prove themselves by it
        std::function<void(Peer&)> preface{};  ///< on the bare connection, before TLS
    };
    TlsServer(Options options, Script script);
    explicit TlsServer(Script script);
    ~TlsServer();
    unsigned short port() const;
    int connections() const;
    /// Until no connection is left.
    void wait_until_idle() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

/// An answer with a length.
std::string answer(int status, std::string_view body, std::string_view more_fields = {});

}  // namespace fairway::testing
