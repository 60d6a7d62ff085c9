#include "controller/cli/daemon_client.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <system_error>

namespace fairway {
namespace {

constexpr std::size_t largest = 1024 * 1024;

class Connection {
public:
    Connection() : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() {
        if (descriptor_ >= 0) close(descriptor_);
    }
    int get() const { return descriptor_; }

private:
    int descriptor_;
};

Error failure(const std::string& socket, const std::string& what) {
    return {ErrorClass::retryable, ErrorReason::network, "the daemon at " + socket + ": " + what};
}

bool send_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t sent = send(descriptor, text.data(), text.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

/// Everything until the other side closes; false when that does not come, or too much does.
bool receive_all(int descriptor, std::string& text) {
    std::array<char, 4096> part{};
    while (text.size() < largest) {
        const ssize_t got = recv(descriptor, part.data(), part.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return got == 0;
        text.append(part.data(), static_cast<std::size_t>(got));
    }
    return false;
}

}  // namespace

Result<std::optional<DaemonAnswer>> tell_daemon(
    const std::string& socket, const std::string& path, const std::string& json
) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket.size() >= sizeof(address.sun_path)) return failure(socket, "the path is too long");
    std::memcpy(address.sun_path, socket.c_str(), socket.size() + 1);
    const Connection connection;
    if (connection.get() < 0) return failure(socket, std::system_category().message(errno));
    const timeval limit{10, 0};
    setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    if (connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
        if (errno == ENOENT || errno == ECONNREFUSED) return std::optional<DaemonAnswer>();
        return failure(socket, std::system_category().message(errno));
    }
    // Whoever else sits there would get our instructions, and answer them. The administrator may speak
    // to the daemon of any user.
    ucred peer{};
    socklen_t size = sizeof peer;
    if (getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
        (geteuid() != 0 && peer.uid != geteuid() && peer.uid != 0)) {
        return failure(socket, "it belongs to another user; run this as the user Fairway runs as");
    }
    const std::string request =
        "POST " + path + " HTTP/1.1\r\nHost: fairway\r\nConnection: close\r\n" +
        "Content-Type: application/json\r\nContent-Length: " + std::to_string(json.size()) + "\r\n\r\n" +
        json;
    std::string reply;
    if (!send_all(connection.get(), request) || !receive_all(connection.get(), reply))
        return failure(socket, "no answer");
    constexpr std::string_view begin = "HTTP/1.1 ";
    const auto body = reply.find("\r\n\r\n");
    DaemonAnswer answer;
    if (!reply.starts_with(begin) || body == std::string::npos)
        return failure(socket, "an answer that is none");
    std::from_chars(reply.data() + begin.size(), reply.data() + reply.size(), answer.status);
    answer.text = reply.substr(body + 4);
    while (answer.text.ends_with('\n')) answer.text.pop_back();
    return std::optional<DaemonAnswer>(std::move(answer));
}

std::optional<ChannelStanding> standing_of(const std::string& socket, const ChannelKey& key) {
    const auto told = tell_daemon(socket, control_standing, to_json(key));
    if (!told || !*told || (*told)->status != 200) return std::nullopt;
    return parse_standing((*told)->text);
}

}  // namespace fairway
