#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/manifests/git/repository.hpp"
#include "tests/support/process.hpp"

namespace fairway::test {

/// A real sshd on loopback that serves what lies on this disk to one key.
class SshServer {
public:
    SshServer();
    ~SshServer();
    void start();
    void stop();
    /// From now on another key proves the host.
    void change_host_key();
    /// Whoever has `identity` gets this command instead of what was asked for; empty: as asked.
    void force(const std::string& command);

    std::string url(const Repository& repository) const;
    std::string identity() const { return folder_.file("identity"); }
    std::string other_identity() const { return folder_.file("other"); }
    std::string known_hosts() const { return folder_.file("known_hosts"); }
    std::string log() const;

private:
    void write_configuration(const std::string& host_key) const;
    void authorize(const std::string& options) const;
    const TempDir folder_;
    int port_ = 0;
    std::optional<Process> sshd_;
};

/// A real nginx on loopback, with git's own program for smart HTTP behind it, a certificate of a private
/// authority, and a user with a password.
class HttpsServer {
public:
    /// Serves the folder of `repository`.
    explicit HttpsServer(const Repository& repository);
    ~HttpsServer();
    void start();
    void stop();
    /// Lines for nginx in place of the repository's, such as `return 301 https://...;`.
    void answer(const std::string& lines);

    static constexpr const char *user = "reader", *password = "correct-horse";
    std::string url() const;
    std::string ca_file() const { return folder_.file("ca.pem"); }
    std::string log() const;

private:
    void write_configuration(const std::string& lines) const;
    const TempDir folder_;
    std::string root_, lines_;
    int port_ = 0;
    std::optional<Process> nginx_, fcgiwrap_;
};

int free_port();

}  // namespace fairway::test
