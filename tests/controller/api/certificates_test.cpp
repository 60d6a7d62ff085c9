// Which servers are trusted, and how we prove who we are: real handshakes with certificates made here.
#include <doctest/doctest.h>
#include <openssl/ssl.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <string>
#include <vector>

#include "controller/api/https_client.hpp"
#include "tests/controller/api/certificates.hpp"
#include "tests/controller/api/tls_server.hpp"
#include "tests/support/run_task.hpp"

using namespace fairway;
using namespace fairway::testing;

namespace {

std::string file(const std::string& content) {
    static std::atomic<int> count = 0;
    return temporary_file("made" + std::to_string(++count) + ".pem", content);
}

Recipe authority_recipe() {
    Recipe recipe;
    recipe.authority = true;
    recipe.common_name = "root";
    return recipe;
}

const Made& root() {
    static const Made made(authority_recipe());
    return made;
}

const Made& rsa_root() {
    static const Made made([] {
        Recipe recipe = authority_recipe();
        recipe.rsa_bits = 2048;
        return recipe;
    }());
    return made;
}

TlsServer::Options serving(const Made& made, const std::string& chain = "") {
    TlsServer::Options options;
    options.certificate = {made.certificate() + chain, made.key()};
    return options;
}

/// One request with a secret in its header, and what the server saw of it.
struct Tried {
    Result<HttpReply> reply{HttpReply{}};
    int requests = 0;
    bool refused_for(const std::string& why) const {
        return !reply && reply.error().what().find(why) != std::string::npos && requests == 0 &&
               !reply.error().outcome_unknown();
    }
};

Tried try_it(TlsServer::Options serve, HttpsOptions options) {
    std::atomic<int> requests = 0;
    TlsServer server(std::move(serve), [&](Peer& peer, int) {
        if (peer.read_request().empty()) return;
        ++requests;
        peer.write(answer(200, "{}"));
        peer.wait_for_end();
    });
    if (options.host.empty()) options.host = "127.0.0.1";
    options.port = server.port();
    Tried tried;
    boost::asio::io_context io;
    auto client = HttpsClient::open(io.get_executor(), options);
    REQUIRE_MESSAGE(client, client.error().what());
    HttpRequest request;
    request.method = "POST";
    request.target = "/";
    request.fields.push_back({"X-Auth-Token", "secret"});
    CallDeadlines limits;
    tried.reply = run_task(io, (*client)->send(std::move(request), limits));
    client->reset();
    server.wait_until_idle();
    tried.requests = requests;
    return tried;
}

HttpsOptions trusting(const Made& authority) {
    HttpsOptions options;
    options.ca_file = file(authority.certificate());
    return options;
}

}  // namespace

TEST_CASE("a good certificate is accepted, also through an intermediate authority") {
    const Made leaf(Recipe{}, &root());
    const auto direct = try_it(serving(leaf), trusting(root()));
    CHECK_MESSAGE(direct.reply, direct.reply.error().what());
    CHECK(direct.requests == 1);
    const Made between(authority_recipe(), &root());
    const Made below(Recipe{}, &between);
    CHECK(try_it(serving(below, between.certificate()), trusting(root())).requests == 1);
    CHECK(try_it(serving(below), trusting(between)).requests == 1);
}

TEST_CASE("a bad certificate is refused before anything is sent, with its reason") {
    struct Bad {
        const char* what;
        Recipe recipe;
        const char* why;
        const char* host = "127.0.0.1";
    };
    const auto changed = [](auto change) {
        Recipe recipe;
        change(recipe);
        return recipe;
    };
    const Bad bad[] = {
        {"expired", changed([](Recipe& r) { r.until_s = -60; }), "certificate has expired"},
        {"not yet valid", changed([](Recipe& r) { r.from_s = 3600; }),
         "certificate is not yet valid: check the clock"},
        {"wrong host", changed([](Recipe& r) { r.names = "DNS:other.example"; }),
         "hostname mismatch: it is for DNS:other.example", "localhost"},
        {"wrong address", changed([](Recipe& r) { r.names = "IP:127.0.0.2"; }),
         "IP address mismatch: it is for IP Address:127.0.0.2"},
        {"common name only", changed([](Recipe& r) {
             r.names.clear();
             r.common_name = "localhost";
         }),
         "it has no alternative names, and its common name does not count", "localhost"},
        {"wildcard of one label", changed([](Recipe& r) { r.names = "DNS:*"; }), "hostname mismatch",
         "localhost"},
        {"partial wildcard", changed([](Recipe& r) { r.names = "DNS:local*"; }), "hostname mismatch",
         "localhost"},
        {"wildcard over the host", changed([](Recipe& r) { r.names = "DNS:*.localhost"; }),
         "hostname mismatch", "localhost"},
        {"address as a DNS name", changed([](Recipe& r) { r.names = "DNS:127.0.0.1"; }),
         "IP address mismatch"},
        {"NUL in the name",
         changed([](Recipe& r) { r.raw_name = std::string("localhost\0.evil.example", 23); }),
         "hostname mismatch", "localhost"},
        {"weak key", changed([](Recipe& r) { r.rsa_bits = 1024; }), "key too weak"},
        {"SHA-1", changed([](Recipe& r) { r.digest = "SHA1"; }), "digest algorithm too weak"},
        {"MD5", changed([](Recipe& r) { r.digest = "MD5"; }), "digest algorithm too weak"},
        {"for clients", changed([](Recipe& r) { r.usage = "clientAuth"; }),
         "unsuitable certificate purpose"},
    };
    for (const Bad& at : bad) {
        CAPTURE(std::string(at.what));
        // There is no MD5 with elliptic curves.
        const Made& issuer = at.recipe.digest == "MD5" ? rsa_root() : root();
        const Made leaf(at.recipe, &issuer);
        HttpsOptions options = trusting(issuer);
        options.host = at.host;
        const auto tried = try_it(serving(leaf), options);
        REQUIRE_FALSE(tried.reply);
        CAPTURE(tried.reply.error().what());
        CHECK(tried.refused_for(at.why));
        CHECK(tried.refused_for("the certificate was not accepted"));
        CHECK(tried.reply.error().reason() == ErrorReason::network);
    }
}

TEST_CASE("a certificate that no trusted authority stands for is refused") {
    const Made alone(Recipe{});
    CHECK(try_it(serving(alone), trusting(root())).refused_for("self-signed certificate"));
    const Made other(authority_recipe());
    const Made leaf(Recipe{}, &other);
    CHECK(try_it(serving(leaf), trusting(root())).refused_for("its authority is not known here"));
    const Made between(authority_recipe(), &root());
    const Made below(Recipe{}, &between);
    CHECK(try_it(serving(below), trusting(root()))
              .refused_for("the server does not send the certificates between"));
    const Made no_authority(Recipe{}, &root());
    const Made forged(Recipe{}, &no_authority);
    const auto tried = try_it(serving(forged, no_authority.certificate()), trusting(root()));
    CHECK(tried.refused_for("the certificate was not accepted"));
}

TEST_CASE("a revocation list is obeyed, and must be there and fresh") {
    const Made revoked(Recipe{}, &root());
    const Made good(Recipe{}, &root());
    const auto with_list = [](const std::string& list) {
        HttpsOptions options = trusting(root());
        options.crl_file = file(list);
        return options;
    };
    CHECK(
        try_it(serving(revoked), with_list(root().revoke({&revoked}))).refused_for("certificate revoked")
    );
    CHECK(try_it(serving(good), with_list(root().revoke({&revoked}))).requests == 1);
    CHECK(try_it(serving(good), with_list(root().revoke({}, -60))).refused_for("CRL has expired"));
    const Made other(authority_recipe());
    CHECK(try_it(serving(good), with_list(other.revoke({})))
              .refused_for("crl_file has no list of this authority"));

    // A revoked authority in between takes all below it along.
    const Made between(authority_recipe(), &root());
    const Made below(Recipe{}, &between);
    const auto chain = serving(below, between.certificate());
    CHECK(try_it(chain, with_list(root().revoke({&between}) + between.revoke({})))
              .refused_for("certificate revoked"));
    CHECK(try_it(chain, with_list(root().revoke({}) + between.revoke({}))).requests == 1);
    HttpsOptions anchored = with_list(between.revoke({}));
    anchored.ca_file = file(between.certificate());
    CHECK(try_it(chain, anchored).requests == 1);  // nobody revokes what is trusted by name
}

TEST_CASE("a revocation list that cannot be used is told with its name") {
    boost::asio::io_context io;
    for (const auto& [content, why] : std::vector<std::pair<std::string, std::string>>{
             {"", "holds no list"},
             {root().certificate(), "holds no list"},
             {"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n", "is damaged"}}) {
        HttpsOptions options = trusting(root());
        options.host = "localhost";
        options.crl_file = file(content);
        const auto client = HttpsClient::open(io.get_executor(), options);
        REQUIRE_FALSE(client);
        CHECK(client.error().reason() == ErrorReason::validation);
        CHECK(
            client.error().what() == "revocation list " + *options.crl_file + " " + why +
                                         (why == "holds no list" ? " in PEM form" : "")
        );
    }
}

TEST_CASE("TLS 1.2 is the floor") {
    const Made leaf(Recipe{}, &root());
    for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
        auto serve = serving(leaf);
        serve.min_version = serve.max_version = version;
        CHECK(try_it(serve, trusting(root())).refused_for("the server knows nothing newer than TLS 1.1")
        );
    }
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        auto serve = serving(leaf);
        serve.min_version = serve.max_version = version;
        CHECK(try_it(serve, trusting(root())).requests == 1);
    }
}

TEST_CASE("a server that asks for a client certificate gets ours, and without one the error says so") {
    const Made leaf(Recipe{}, &root());
    Recipe recipe;
    recipe.usage = "clientAuth";
    const Made between(authority_recipe(), &root());
    const Made ours(recipe, &between);
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(version);
        auto serve = serving(leaf);
        serve.min_version = serve.max_version = version;
        serve.client_authority = root().certificate();
        HttpsOptions options = trusting(root());
        const auto without = try_it(serve, options);
        REQUIRE_FALSE(without.reply);
        CHECK(without.requests == 0);
        if (version == TLS1_3_VERSION) {
            CAPTURE(without.reply.error().what());
            CHECK(
                without.reply.error().what().find("the server asks for a client certificate") !=
                std::string::npos
            );
        }
        options.client_certificate =
            ClientCertificate{file(ours.certificate() + between.certificate()), Secret(ours.key())};
        const auto with = try_it(serve, options);
        CHECK(with.requests == 1);
    }
}

TEST_CASE("a client certificate that cannot be used is told without showing its key") {
    const Made ours(Recipe{}, &root());
    const Made other(Recipe{}, &root());
    Recipe weak_recipe;
    weak_recipe.rsa_bits = 1024;
    const Made weak(weak_recipe, &root());
    struct Bad {
        std::string chain, key, why;
    };
    const std::string locked =
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIBpjBABgkq\n-----END ENCRYPTED PRIVATE KEY-----\n";
    boost::asio::io_context io;
    for (const Bad& at : {
             Bad{ours.certificate(), other.key(), "client key does not belong to client certificate"},
             Bad{ours.certificate(), "hunter2",
                 "client key is no private key in PEM form without a passphrase"},
             Bad{ours.certificate(), locked, "without a passphrase"},
             Bad{"nothing", ours.key(), "holds no certificate in PEM form"},
             Bad{weak.certificate(), weak.key(), "is too weak to be used"},
         }) {
        CAPTURE(at.why);
        HttpsOptions options = trusting(root());
        options.host = "localhost";
        options.client_certificate = ClientCertificate{file(at.chain), Secret(at.key)};
        const auto client = HttpsClient::open(io.get_executor(), options);
        REQUIRE_FALSE(client);
        CHECK(client.error().reason() == ErrorReason::validation);
        CHECK(client.error().what().find(at.why) != std::string::npos);
        CHECK(client.error().what().find("hunter2") == std::string::npos);
    }
}

TEST_CASE("a second connection resumes the session of the first") {
    const Made leaf(Recipe{}, &root());
    for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(version);
        auto serve = serving(leaf);
        serve.min_version = serve.max_version = version;
        TlsServer server(std::move(serve), [](Peer& peer, int) {
            if (peer.read_request().empty()) return;
            peer.write(answer(200, "{}", "Connection: close\r\n"));
            peer.say_goodbye();
        });
        HttpsOptions options = trusting(root());
        options.host = "localhost";
        options.port = server.port();
        boost::asio::io_context io;
        auto client = HttpsClient::open(io.get_executor(), options);
        REQUIRE(client);
        for (int i = 0; i < 3; ++i) {
            HttpRequest request;
            request.method = "GET";
            request.target = "/";
            CallDeadlines limits;
            REQUIRE(run_task(io, (*client)->send(std::move(request), limits)));
        }
        CHECK((*client)->figures().opened == 3);
        CHECK((*client)->figures().resumed == 2);
    }
}
