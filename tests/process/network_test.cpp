// How the real binary reaches its cloud: by a proxy, with a client certificate, under a revocation list.
#include <doctest/doctest.h>

#include <mutex>

#include "tests/controller/api/certificates.hpp"
#include "tests/controller/api/tls_server.hpp"
#include "tests/process/stage.hpp"

namespace fairway {
namespace {

using testing::Made;
using testing::Peer;
using testing::Recipe;
using testing::TlsServer;

Recipe recipe(const std::string& usage, const std::string& names = "IP:127.0.0.1") {
    Recipe made;
    made.usage = usage;
    made.names = names;
    return made;
}

Recipe authority_recipe() {
    Recipe made;
    made.authority = true;
    return made;
}

/// A cloud without channels, and a stage that trusts it.
struct EmptyCloud {
    explicit EmptyCloud(TlsServer::Options options, const std::string& more_of_project = {})
        : server(std::move(options), [this](Peer& peer, int) { serve(peer); }) {
        stage.folder.write("root.pem", root.certificate());
        stage.endpoint = "https://127.0.0.1:" + std::to_string(server.port());
        stage.ca_file = "root.pem" + more_of_project;
        stage.manifest("demo.yaml", Stage::demo());
    }
    void serve(Peer& peer) {
        while (true) {
            const std::string request = peer.read_request();
            if (request.empty()) return;
            {
                const std::lock_guard lock(mutex);
                ++requests;
            }
            peer.write(testing::answer(200, R"({"total":0,"size":0,"project_vpc_channels":[]})"));
        }
    }
    Stage::Ended plan() {
        stage.configure();
        return stage.run({"plan", "--detailed-exitcode"});
    }
    int asked() {
        const std::lock_guard lock(mutex);
        return std::exchange(requests, 0);
    }
    static const Made root;

    std::mutex mutex;
    int requests = 0;
    Stage stage;
    TlsServer server;
};

const Made EmptyCloud::root{authority_recipe()};

TlsServer::Options options_of(const Made& server) {
    TlsServer::Options options;
    options.certificate = {server.certificate(), server.key()};
    return options;
}

TEST_CASE("a cloud that asks for a client certificate is shown the configured one") {
    auto options = options_of(Made(recipe("serverAuth"), &EmptyCloud::root));
    options.client_authority = EmptyCloud::root.certificate();
    EmptyCloud cloud(options);
    const auto without = cloud.plan();
    CHECK(without.code == 7);
    CHECK(cloud.asked() == 0);

    const Made client(recipe("clientAuth"), &EmptyCloud::root);
    cloud.stage.folder.write("client.pem", client.certificate());
    cloud.stage.folder.write("client.key", client.key());
    cloud.stage.ca_file =
        "root.pem\n    client_certificate: client.pem\n    client_key: {file: client.key}";
    const auto with = cloud.plan();
    CHECK_MESSAGE(with.code == 2, with.out);
    CHECK(cloud.asked() > 0);
}

TEST_CASE("a cloud whose certificate was revoked is not spoken to") {
    const Made server(recipe("serverAuth"), &EmptyCloud::root);
    EmptyCloud cloud(options_of(server), "\n    crl_file: list.pem");
    cloud.stage.folder.write("list.pem", EmptyCloud::root.revoke({}));
    const auto before = cloud.plan();
    CHECK_MESSAGE(before.code == 2, before.out);
    CHECK(cloud.asked() > 0);
    cloud.stage.folder.write("list.pem", EmptyCloud::root.revoke({&server}));
    const auto after = cloud.plan();
    CHECK(after.code == 7);
    CHECK_MESSAGE(contains(after.out + after.err, "certificate revoked"), after.out);
    CHECK(cloud.asked() == 0);
}

TEST_CASE("a cloud behind a proxy is reached by it alone, and its name is not looked up here") {
    const std::string name = "cloud.invalid";
    auto options = options_of(Made(recipe("serverAuth", "DNS:" + name), &EmptyCloud::root));
    std::mutex mutex;
    std::string connect;
    options.preface = [&](Peer& peer) {
        const std::string request = peer.read_request();
        peer.write("HTTP/1.1 200 Connection established\r\n\r\n");
        const std::lock_guard lock(mutex);
        connect = request;
    };
    EmptyCloud cloud(options);
    cloud.stage.endpoint = "https://" + name;
    cloud.stage.folder.write("password", "of-the-proxy\n");
    cloud.stage.extra = "proxy: {url: \"http://127.0.0.1:" + std::to_string(cloud.server.port()) +
                        "\", user: u, password: {file: password}}\n";
    const auto planned = cloud.plan();
    CHECK_MESSAGE(planned.code == 2, planned.out);
    CHECK(cloud.asked() > 0);
    const std::lock_guard lock(mutex);
    CHECK(connect.starts_with("CONNECT " + name + ":443 HTTP/1.1\r\n"));
    CHECK(contains(connect, "Proxy-Authorization: Basic " + to_base64("u:of-the-proxy") + "\r\n"));
}

}  // namespace
}  // namespace fairway
