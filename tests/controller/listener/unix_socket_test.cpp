#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/controller/listener/client.hpp"

using namespace fairway;
using test::Client;
using test::Server;
using test::status;
namespace fs = std::filesystem;

namespace {

struct Folder {
    Folder() {
        std::string pattern = (fs::temp_directory_path() / "fairway-socket-XXXXXX").string();
        if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
        path = pattern;
    }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
    }
    std::string operator/(const char* name) const { return path + '/' + name; }
    std::string path;
};

std::string error_of(const std::string& path) {
    boost::asio::io_context loop;
    const auto result = Listener::on_socket(loop.get_executor(), path, {}, {});
    REQUIRE_FALSE(result);
    return result.error().what();
}

}  // namespace

TEST_CASE("a socket is its owner's alone, answers any Host, takes bodies, and is gone afterwards") {
    const Folder folder;
    const std::string path = folder / "fairway.sock";
    {
        Server server(path, {});
        struct stat info {};
        REQUIRE(stat(path.c_str(), &info) == 0);
        CHECK((info.st_mode & 0777) == 0600);
        Client client(path);
        client.send(
            "POST /hook?a HTTP/1.1\r\nHost: fairway\r\nContent-Length: 5\r\n\r\nhelloGET /echo "
            "HTTP/1.1\r\nHost: x\r\n\r\n"
        );
        CHECK(client.reply().ends_with("\r\n\r\nPOST a hello"));
        CHECK(client.reply().ends_with("\r\n\r\nGET  "));
        client.send("POST /hook HTTP/1.1\r\nHost: fairway\r\nContent-Length: 3\r\n\r\na");
        client.send("bc");
        CHECK(client.reply().ends_with("\r\n\r\nPOST  abc"));
        client.send("POST /hook HTTP/1.1\r\nHost: fairway\r\nContent-Length: 1001\r\n\r\n");
        CHECK(status(client.reply()) == "413");
    }
    CHECK_FALSE(fs::exists(path));
}

TEST_CASE("a body that comes too slowly, or not at all, ends the connection unanswered (H11)") {
    const Folder folder;
    const std::string path = folder / "fairway.sock";
    ListenerOptions options;
    options.head_time = std::chrono::milliseconds(60);
    Server server(path, options);
    Client silent(path), slow(path);
    const std::string head = "POST /hook HTTP/1.1\r\nHost: fairway\r\nContent-Length: 900\r\n\r\n";
    silent.send(head);
    slow.send(head);
    for (int i = 0; i < 20; ++i) {
        slow.send("x");
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    CHECK(silent.closed());
    CHECK(slow.closed());
}

TEST_CASE("a stale socket is replaced, a live one and another file are left alone") {
    const Folder folder;
    const std::string path = folder / "fairway.sock";
    SUBCASE("stale") {
        const int dead = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.data(), path.size());
        REQUIRE(bind(dead, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        close(dead);
        Server server(path, {});
        Client client(path);
        client.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
        CHECK(status(client.reply()) == "200");
    }
    SUBCASE("live") {
        Server server(path, {});
        CHECK(error_of(path) == "listen on " + path + ": another Fairway listens there");
        Client client(path);
        client.send("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n");
        CHECK(status(client.reply()) == "200");
    }
    SUBCASE("another file") {
        std::ofstream(path) << "precious";
        CHECK(
            error_of(path) == "listen on " + path + ": there is a file that is no socket; move it away"
        );
        CHECK(fs::file_size(path) == 8);
    }
}

TEST_CASE("a socket is its owner's alone also where new files are everybody's") {
    const Folder folder;
    const std::string path = folder / "fairway.sock";
    const mode_t mask = umask(0);
    boost::asio::io_context loop;
    const auto opened = Listener::on_socket(loop.get_executor(), path, {}, {});
    umask(mask);
    REQUIRE(opened);
    struct stat info {};
    REQUIRE(stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
}

TEST_CASE("a folder where others could put another socket in its place is refused") {
    const Folder folder;
    const std::string path = folder / "fairway.sock";
    const auto with_mode = [&](mode_t mode) {
        REQUIRE(chmod(folder.path.c_str(), mode) == 0);
        boost::asio::io_context loop;
        const auto opened = Listener::on_socket(loop.get_executor(), path, {}, {});
        return opened ? std::string() : opened.error().what();
    };
    CHECK(with_mode(0755).empty());
    CHECK(with_mode(01777).empty());  // as /tmp: ours cannot be taken away there
    const std::string refusal =
        "listen on " + path + ": others can write to " + folder.path + "; chmod go-w it";
    CHECK(with_mode(0777) == refusal);
    CHECK(with_mode(0770) == refusal);
    CHECK_FALSE(fs::exists(path));
    if (geteuid() != 0) return;
    REQUIRE(chown(folder.path.c_str(), 65534, 65534) == 0);
    CHECK(with_mode(0755).find("belongs to another user") != std::string::npos);
}

TEST_CASE("another user is not heard, even where the file lets him in") {
    if (geteuid() != 0) {
        MESSAGE("skipped: only the administrator can be another user");
        return;
    }
    const Folder folder;
    const std::string path = folder / "fairway.sock";
    Server server(path, {});
    REQUIRE(chmod(folder.path.c_str(), 0755) == 0);
    REQUIRE(chmod(path.c_str(), 0666) == 0);
    const std::string request = "GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    const pid_t child = fork();
    if (child == 0) {  // nothing but system calls: the parent has threads
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.data(), path.size());
        char byte = 0;
        if (setgid(65534) != 0 || setuid(65534) != 0) _exit(2);
        const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) _exit(3);
        send(fd, request.data(), request.size(), MSG_NOSIGNAL);
        _exit(recv(fd, &byte, 1, 0) > 0 ? 1 : 0);
    }
    int how = 0;
    REQUIRE(waitpid(child, &how, 0) == child);
    CHECK(WIFEXITED(how));
    CHECK(WEXITSTATUS(how) == 0);
    CHECK(
        server.warnings() ==
        std::vector<std::string>{"another user spoke at the socket, and was not heard"}
    );
    Client ours(path);
    ours.send(request);
    CHECK(status(ours.rest()) == "200");
}

TEST_CASE("a socket that cannot be made is told with advice") {
    const Folder folder;
    CHECK(
        error_of(folder / "no/such.sock").find("No such file or directory; create the directory") !=
        std::string::npos
    );
    CHECK(
        error_of(folder / std::string(200, 'a').c_str()).find("1 to 107 characters") != std::string::npos
    );
    CHECK(error_of("").find("1 to 107 characters") != std::string::npos);
}
