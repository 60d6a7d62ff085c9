#include "tests/simulator_test/client.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <rapidjson/pointer.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "tests/simulator/text.hpp"

namespace simulator_test {

const std::string* Response::header(std::string_view name) const {
    const auto found =
        std::find_if(headers.begin(), headers.end(), [&](const auto& one) { return one.first == name; });
    return found == headers.end() ? nullptr : &found->second;
}

std::string Response::at(const std::string& pointer) const {
    apic_simulator::JsonDocument document;
    if (!apic_simulator::parse_json(document, body)) return "(not JSON)";
    const apic_simulator::JsonValue* const value = rapidjson::Pointer(pointer.c_str()).Get(document);
    if (!value) return "";
    if (value->IsString()) return {value->GetString(), value->GetStringLength()};
    apic_simulator::JsonWriter out;
    out.value(*value);
    return out.str();
}

struct Client::Impl {
    std::string ca_pem, host;
    sockaddr_in address{};
    int socket = -1;
    SSL_CTX* context = nullptr;
    SSL* ssl = nullptr;
    SSL_SESSION* session = nullptr;
    bool was_resumed = false;
    std::string received;
    std::string method;

    ~Impl() {
        close();
        if (session) SSL_SESSION_free(session);
        if (context) SSL_CTX_free(context);
    }

    void close() {
        if (ssl) {
            SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
            SSL_free(ssl);
            ssl = nullptr;
        }
        if (socket >= 0) ::close(socket);
        socket = -1;
        received.clear();
    }

    [[noreturn]] void fail(const std::string& why) {
        close();
        throw Broken{why};
    }

    static int keep_session(SSL* ssl, SSL_SESSION* session) {
        auto* const self = static_cast<Impl*>(SSL_get_ex_data(ssl, 0));
        if (self->session) SSL_SESSION_free(self->session);
        self->session = session;
        return 1;
    }

    void make_context() {
        context = SSL_CTX_new(TLS_client_method());
        BIO* const bio = BIO_new_mem_buf(ca_pem.data(), static_cast<int>(ca_pem.size()));
        X509* const ca = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca);
        X509_free(ca);
        BIO_free(bio);
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context, keep_session);
    }

    void open() {
        if (socket >= 0) return;
        socket = ::socket(AF_INET, SOCK_STREAM, 0);
        const timeval limit{20, 0};
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        const int on = 1;
        setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
            fail("connect");
        if (ca_pem.empty()) return;
        if (!context) make_context();
        ssl = SSL_new(context);
        SSL_set_ex_data(ssl, 0, this);
        if (session) SSL_set_session(ssl, session);
        X509_VERIFY_PARAM* const parameters = SSL_get0_param(ssl);
        if (host == "localhost") {
            X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size());
        } else {
            X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str());
        }
        SSL_set_fd(ssl, socket);
        if (SSL_connect(ssl) != 1) fail(X509_verify_cert_error_string(SSL_get_verify_result(ssl)));
        was_resumed = SSL_session_reused(ssl) == 1;
    }

    void write(std::string_view bytes) {
        while (!bytes.empty()) {
            const int chunk = static_cast<int>(std::min<std::size_t>(bytes.size(), 1U << 20U));
            const auto written =
                ssl ? SSL_write(ssl, bytes.data(), chunk)
                    : static_cast<int>(
                          ::send(socket, bytes.data(), static_cast<std::size_t>(chunk), MSG_NOSIGNAL)
                      );
            if (written <= 0) fail("write");
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    }

    void read_some() {
        char buffer[16384];
        const auto size = ssl ? SSL_read(ssl, buffer, sizeof buffer)
                              : static_cast<int>(recv(socket, buffer, sizeof buffer, 0));
        if (size <= 0) fail("read");
        received.append(buffer, static_cast<std::size_t>(size));
    }

    Response read_response() {
        std::size_t end = received.find("\r\n\r\n");
        while (end == std::string::npos) {
            read_some();
            end = received.find("\r\n\r\n");
        }
        Response response;
        response.status = std::stoi(received.substr(9, 3));
        for (std::size_t at = received.find("\r\n") + 2; at < end;) {
            const std::size_t line = received.find("\r\n", at);
            const std::size_t colon = received.find(": ", at);
            response.headers.emplace_back(
                apic_simulator::lower_case(received.substr(at, colon - at)),
                received.substr(colon + 2, line - colon - 2)
            );
            at = line + 2;
        }
        received.erase(0, end + 4);
        const std::string* const length = response.header("content-length");
        const std::size_t size = length ? std::stoul(*length) : 0;
        while (received.size() < size) read_some();
        response.body = received.substr(0, size);
        received.erase(0, size);
        const std::string* const connection = response.header("connection");
        if (connection && *connection == "close") close();
        return response;
    }
};

Client::Client(unsigned short port, std::string ca_pem, std::string host)
    : impl_(std::make_unique<Impl>()) {
    signal(SIGPIPE, SIG_IGN);  // OpenSSL writes to sockets that may be closed
    impl_->ca_pem = std::move(ca_pem);
    impl_->host = std::move(host);
    impl_->address.sin_family = AF_INET;
    impl_->address.sin_port = htons(port);
    impl_->address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}

Client::~Client() = default;
Client::Client(Client&&) noexcept = default;

Response Client::call(
    std::string_view method, std::string_view target, std::string_view body, const Pairs& headers
) {
    send(method, target, body, headers);
    return receive();
}

void Client::send(
    std::string_view method, std::string_view target, std::string_view body, const Pairs& headers
) {
    impl_->open();
    std::string text = std::string(method) + ' ' + std::string(target) + " HTTP/1.1\r\n";
    bool has_host = false;
    for (const auto& [name, value] : headers) {
        text += name + ": " + value + "\r\n";
        has_host = has_host || apic_simulator::lower_case(name) == "host";
    }
    if (!has_host) text += "Host: " + impl_->host + "\r\n";
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
    impl_->write(text.append(body));
}

Response Client::receive() {
    return impl_->read_response();
}

void Client::send_raw(std::string_view bytes) {
    impl_->open();
    impl_->write(bytes);
}

void Client::close() {
    impl_->close();
}
bool Client::resumed() const {
    return impl_->was_resumed;
}

}  // namespace simulator_test
