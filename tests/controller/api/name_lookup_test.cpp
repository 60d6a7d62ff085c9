// A resolver that fails, hangs, answers too much, or names somebody else. This program has its own
// getaddrinfo(), which answers as a test says.
#include <doctest/doctest.h>
#include <netdb.h>
#include <netinet/in.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <semaphore>
#include <string>
#include <vector>

#include "controller/api/https_client.hpp"
#include "controller/api/name_lookup.hpp"
#include "tests/controller/api/caller.hpp"
#include "tests/controller/api/tls_server.hpp"
#include "tests/support/run_task.hpp"

using namespace fairway;
using namespace fairway::testing;
using namespace std::chrono_literals;

namespace {

struct Answer {
    int failure = 0;
    std::vector<in6_addr> v6;
    std::vector<in_addr> v4;
};

std::mutex guard;
std::function<Answer()> resolver;

void resolve_by(std::function<Answer()> answer) {
    const std::lock_guard lock(guard);
    resolver = std::move(answer);
}

in_addr local(unsigned char last) {
    in_addr address{};
    address.s_addr = htonl(0x7f000000U + last);
    return address;
}

addrinfo* item(int family, const sockaddr* address, socklen_t size, addrinfo* next) {
    auto* made = static_cast<addrinfo*>(std::calloc(1, sizeof(addrinfo) + sizeof(sockaddr_in6)));
    made->ai_family = family;
    made->ai_socktype = SOCK_STREAM;
    made->ai_addrlen = size;
    made->ai_addr = reinterpret_cast<sockaddr*>(made + 1);
    std::copy_n(reinterpret_cast<const char*>(address), size, reinterpret_cast<char*>(made->ai_addr));
    made->ai_next = next;
    return made;
}

}  // namespace

extern "C" int getaddrinfo(const char*, const char*, const addrinfo*, addrinfo** found) {
    std::function<Answer()> ask;
    {
        const std::lock_guard lock(guard);
        ask = resolver;
    }
    const Answer answer = ask();
    *found = nullptr;
    for (auto at = answer.v4.rbegin(); at != answer.v4.rend(); ++at) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr = *at;
        *found = item(AF_INET, reinterpret_cast<const sockaddr*>(&address), sizeof address, *found);
    }
    for (auto at = answer.v6.rbegin(); at != answer.v6.rend(); ++at) {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_addr = *at;
        *found = item(AF_INET6, reinterpret_cast<const sockaddr*>(&address), sizeof address, *found);
    }
    return answer.failure;
}

extern "C" void freeaddrinfo(addrinfo* list) {
    while (list != nullptr) {
        addrinfo* next = list->ai_next;
        std::free(list);
        list = next;
    }
}

namespace {

/// Of a host that only the resolver of this test knows.
struct Named : Caller {
    explicit Named(unsigned short port) : Caller(port, "gateway.example") {}
};

CertificateWish named(const std::string& names) {
    CertificateWish wish;
    wish.names = names;
    return wish;
}

void serve(Peer& peer, int) {
    while (!peer.read_request().empty()) peer.write(answer(200, "ok"));
}

Result<NameLookup::Endpoints> look_up(boost::asio::io_context& io, NameLookup& names) {
    return run_task(io, names.endpoints(std::chrono::steady_clock::now() + 5s));
}

}  // namespace

TEST_CASE("a name that is not known, or whose servers fail, is told, and nothing was sent") {
    for (const int failure : {EAI_NONAME, EAI_AGAIN, EAI_FAIL}) {
        CAPTURE(failure);
        resolve_by([=] { return Answer{failure, {}, {}}; });
        const auto reply = Named(1).send("POST");
        REQUIRE_FALSE(reply);
        CHECK(reply.error().cls() == ErrorClass::retryable);
        CHECK_FALSE(reply.error().outcome_unknown());
        CHECK(reply.error().what() == "look up gateway.example: " + std::string(gai_strerror(failure)));
    }
    resolve_by([] { return Answer(); });
    CHECK(Named(1).send("POST").error().what() == "look up gateway.example: no address");
}

TEST_CASE("a resolver that hangs is left behind, is asked once, and may answer later") {
    std::counting_semaphore<8> go(0), gone(0);
    std::atomic<int> asked = 0;
    resolve_by([&] {
        ++asked;
        go.acquire();
        Answer answer{0, {}, {local(1)}};
        gone.release();
        return answer;
    });
    TlsServer server({authority().issue(named("DNS:gateway.example"))}, serve);
    Named caller(server.port());
    caller.limits.resolve = 30ms;
    for (int i = 0; i < 3; ++i) {
        const auto reply = caller.send("POST");
        REQUIRE_FALSE(reply);
        CHECK(reply.error().reason() == ErrorReason::timeout);
        CHECK_FALSE(reply.error().outcome_unknown());
    }
    CHECK(asked == 1);
    go.release();
    caller.limits.resolve = 5s;
    CHECK(caller.send("POST"));
    CHECK(asked == 1);
    gone.acquire();

    Named leaving(server.port());  // goes while its resolver hangs
    leaving.limits.resolve = 10ms;
    CHECK_FALSE(leaving.send("POST"));
    leaving.client.reset();
    go.release();
    gone.acquire();
}

TEST_CASE("of two hundred addresses the first eight count") {
    resolve_by([] {
        Answer many;
        for (unsigned char i = 1; i <= 200; ++i) many.v4.push_back(local(i));
        return many;
    });
    boost::asio::io_context io;
    NameLookup names(io.get_executor(), "gateway.example", 443);
    const auto found = look_up(io, names);
    REQUIRE(found);
    REQUIRE(found->size() == 8);
    CHECK(found->front().address().to_string() == "127.0.0.1");
    CHECK(found->back().address().to_string() == "127.0.0.8");

    // A dead one in front does no harm.
    resolve_by([] { return Answer{0, {}, {local(77), local(1)}}; });
    TlsServer server({authority().issue(named("DNS:gateway.example"))}, serve);
    CHECK(Named(server.port()).send("POST"));
}

TEST_CASE("a name that has addresses of IPv6 alone is used") {
    resolve_by([] { return Answer{0, {in6addr_loopback}, {}}; });
    boost::asio::io_context io;
    NameLookup names(io.get_executor(), "gateway.example", 443);
    const auto found = look_up(io, names);
    REQUIRE(found);
    REQUIRE(found->size() == 1);
    CHECK(found->front().address().to_string() == "::1");
    CHECK(found->front().port() == 443);
}

TEST_CASE("a name that turns to another machine is not talked to without the host's certificate") {
    resolve_by([] { return Answer{0, {}, {local(1)}}; });
    std::atomic<int> heard = 0;
    TlsServer inside(
        {authority().issue(named("DNS:inside.example,IP:127.0.0.1"))},
        [&](Peer& peer, int) {
            if (!peer.read_request().empty()) ++heard;
        }
    );
    const auto reply = Named(inside.port()).send("POST");
    REQUIRE_FALSE(reply);
    CHECK_FALSE(reply.error().outcome_unknown());
    CHECK(reply.error().what().find("hostname mismatch") != std::string::npos);
    inside.wait_until_idle();
    CHECK(heard == 0);
}
