// Load for the daemon's listener, and passes to be slowed by it: see tests/bench/listener.
//   listener_load clients PORT SECONDS RATE SLOW PATH [tls] [reconnect]
//   listener_load passes SOCKET SECONDS RATE CHANNELS
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::duration;

struct Plan {
    std::uint16_t port = 0;
    double seconds = 0, rate = 0;
    int slow = 0;
    std::string path;
    bool tls = false, reconnect = false;
};

int connect_to(std::uint16_t port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) throw std::runtime_error("socket");
    const int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    return fd;
}

/// One request at a time over one connection.
class Asker {
public:
    Asker(const Plan& plan, SSL_CTX* context, int epoll)
        : plan_(plan), context_(context), epoll_(epoll) {
        request_ = "GET " + plan.path + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(plan.port) +
                   (plan.reconnect ? "\r\nConnection: close\r\n\r\n" : "\r\n\r\n");
    }
    Asker(const Asker&) = delete;
    Asker& operator=(const Asker&) = delete;
    ~Asker() { close_it(); }

    bool idle() const { return !asking_; }
    void ask() {
        asking_ = true;
        began_ = Clock::now();
        sent_ = received_ = body_ = 0;
        head_.clear();
        if (fd_ < 0) open_it();
        go_on();
    }
    void go_on() {
        while (asking_ && sent_ < request_.size()) {
            const auto some = put();
            if (some <= 0) return judge(some);
            sent_ += static_cast<std::size_t>(some);
        }
        static char room[262144];
        for (;;) {
            const auto got = get(room, sizeof room);
            if (got <= 0) return judge(got);
            take(room, static_cast<std::size_t>(got));
        }
    }

    std::map<std::string, std::size_t> answers;
    std::vector<double> waited;
    std::size_t bytes = 0, broken = 0;

private:
    void open_it() {
        fd_ = connect_to(plan_.port);
        epoll_event event{};
        event.events = EPOLLIN | EPOLLOUT | EPOLLET;
        event.data.ptr = this;
        epoll_ctl(epoll_, EPOLL_CTL_ADD, fd_, &event);
        if (!plan_.tls) return;
        ssl_ = SSL_new(context_);
        SSL_set_fd(ssl_, fd_);
        SSL_set_connect_state(ssl_);
    }
    void close_it() {
        if (ssl_ != nullptr) SSL_free(ssl_);
        ssl_ = nullptr;
        if (fd_ >= 0) close(fd_);
        fd_ = -1;
    }
    long put() {
        if (ssl_ == nullptr)
            return send(fd_, request_.data() + sent_, request_.size() - sent_, MSG_NOSIGNAL);
        ERR_clear_error();
        return SSL_write(ssl_, request_.data() + sent_, static_cast<int>(request_.size() - sent_));
    }
    long get(char* room, std::size_t size) {
        if (ssl_ == nullptr) return recv(fd_, room, size, 0);
        ERR_clear_error();
        return SSL_read(ssl_, room, static_cast<int>(size));
    }
    void judge(long result) {
        bool again = errno == EAGAIN || errno == EINPROGRESS || errno == ENOTCONN;
        if (ssl_ != nullptr) {
            const int why = SSL_get_error(ssl_, static_cast<int>(result));
            again = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
        }
        if (result < 0 && again) return;
        if (asking_) ++broken;
        asking_ = false;
        close_it();
    }
    void take(const char* data, std::size_t size) {
        bytes += size;
        received_ += size;
        if (body_ == 0) {
            head_.append(data, size);
            const auto end = head_.find("\r\n\r\n");
            if (end == std::string::npos) return;
            body_ = end + 4 + std::stoul(head_.substr(head_.find("Content-Length: ") + 16));
        }
        if (received_ < body_ || !asking_) return;
        ++answers[head_.substr(9, 3)];
        waited.push_back(duration<double, std::milli>(Clock::now() - began_).count());
        asking_ = false;
        if (plan_.reconnect) close_it();
    }

    const Plan& plan_;
    SSL_CTX* context_;
    int epoll_, fd_ = -1;
    SSL* ssl_ = nullptr;
    std::string request_, head_;
    std::size_t sent_ = 0, received_ = 0, body_ = 0;
    bool asking_ = false;
    Clock::time_point began_;
};

/// Connections that send a byte a second, or a piece of a TLS greeting, and come back when sent away.
class SlowOnes {
public:
    explicit SlowOnes(const Plan& plan) : plan_(plan), all_(static_cast<std::size_t>(plan.slow)) {}
    void step(double elapsed) {
        // A share of them each time, so that all are seen in a second.
        const auto until = static_cast<std::size_t>(elapsed * static_cast<double>(all_.size()));
        for (; seen_ < until; ++seen_) touch(all_[seen_ % all_.size()]);
    }
    std::size_t sent_away = 0;

private:
    struct One {
        int fd = -1;
        std::size_t sent = 0;
    };
    void touch(One& one) {
        char gone = 0;
        if (one.fd >= 0 && recv(one.fd, &gone, 1, MSG_PEEK) >= 0) {
            close(one.fd);
            one = {};
            ++sent_away;
        }
        if (one.fd < 0) one.fd = connect_to(plan_.port);
        static const std::string plain = "GET /metrics HTTP/1.1\r\nX-Slow: " + std::string(5000, 'x');
        static const std::string greeting =
            std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + std::string(400, 'x');
        const std::string& text = plan_.tls ? greeting : plain;
        if (one.sent < text.size()) send(one.fd, &text[one.sent++], 1, MSG_NOSIGNAL);
    }
    const Plan& plan_;
    std::vector<One> all_;
    std::size_t seen_ = 0;
};

int clients(const Plan& plan) {
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    SSL_CTX* context = SSL_CTX_new(TLS_client_method());
    std::vector<std::unique_ptr<Asker>> askers;
    for (int i = 0; i < 64; ++i) askers.push_back(std::make_unique<Asker>(plan, context, epoll));
    SlowOnes slow(plan);
    const auto began = Clock::now();
    std::size_t issued = 0, next = 0;
    double elapsed = 0;
    while (elapsed < plan.seconds) {
        epoll_event events[128];
        const int count = epoll_wait(epoll, events, 128, 1);
        for (int i = 0; i < count; ++i) static_cast<Asker*>(events[i].data.ptr)->go_on();
        elapsed = duration<double>(Clock::now() - began).count();
        slow.step(elapsed);
        const auto due = static_cast<std::size_t>(elapsed * plan.rate);
        for (std::size_t tries = 0; issued < due && tries < askers.size(); ++tries) {
            Asker& asker = *askers[next++ % askers.size()];
            if (!asker.idle()) continue;
            asker.ask();
            ++issued;
        }
    }
    std::map<std::string, std::size_t> answers;
    std::vector<double> waited;
    std::size_t bytes = 0, broken = 0;
    for (const auto& asker : askers) {
        for (const auto& [status, times] : asker->answers) answers[status] += times;
        waited.insert(waited.end(), asker->waited.begin(), asker->waited.end());
        bytes += asker->bytes;
        broken += asker->broken;
    }
    std::sort(waited.begin(), waited.end());
    std::printf("asked %.0f/s", static_cast<double>(issued) / elapsed);
    for (const auto& [status, times] : answers)
        std::printf(", %s: %.0f/s", status.c_str(), static_cast<double>(times) / elapsed);
    std::printf(", broken %zu, %.0f MB/s", broken, static_cast<double>(bytes) / elapsed / 1e6);
    if (!waited.empty())
        std::printf(
            ", p50 %.2f ms, p99 %.2f ms", waited[waited.size() / 2], waited[waited.size() * 99 / 100]
        );
    std::printf(", slow ones sent away %zu\n", slow.sent_away);
    return 0;
}

/// Asks the daemon for passes over its socket, evenly.
int passes(const std::string& path, double seconds, double rate, int channels) {
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return 1;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return 1;
    const auto began = Clock::now();
    for (int i = 0; static_cast<double>(i) < seconds * rate; ++i) {
        std::this_thread::sleep_until(
            began + std::chrono::duration_cast<Clock::duration>(duration<double>(i / rate))
        );
        const std::string json =
            "{\"project\":\"default\",\"name\":\"channel_" + std::to_string(1 + i % channels) + "\"}";
        const std::string request =
            "POST /v1/reconcile HTTP/1.1\r\nHost: fairway\r\nContent-Type: application/json\r\n"
            "Content-Length: " +
            std::to_string(json.size()) + "\r\n\r\n" + json;
        char reply[4096];
        if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) return 1;
        const ssize_t got = recv(fd, reply, sizeof reply, 0);
        if (got < 12 || std::string(reply + 9, 3) != "200") return 1;
    }
    close(fd);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() == 5 && words[0] == "passes")
        return passes(words[1], std::stod(words[2]), std::stod(words[3]), std::stoi(words[4]));
    if (words.size() < 6 || words[0] != "clients") {
        std::fputs(
            "listener_load clients PORT SECONDS RATE SLOW PATH [tls] [reconnect]\n"
            "listener_load passes SOCKET SECONDS RATE CHANNELS\n",
            stderr
        );
        return 2;
    }
    Plan plan;
    plan.port = static_cast<std::uint16_t>(std::stoi(words[1]));
    plan.seconds = std::stod(words[2]);
    plan.rate = std::stod(words[3]);
    plan.slow = std::stoi(words[4]);
    plan.path = words[5];
    plan.tls = std::find(words.begin() + 6, words.end(), "tls") != words.end();
    plan.reconnect = std::find(words.begin() + 6, words.end(), "reconnect") != words.end();
    return clients(plan);
}
