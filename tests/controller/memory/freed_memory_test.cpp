// No block of memory that is given back still holds a secret: what handles one is run here, and each
// block is looked at when it is freed.
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "controller/api/mask.hpp"
#include "controller/api/proxy.hpp"
#include "controller/api/session.hpp"
#include "controller/app/config/config.hpp"
#include "controller/codec/channel_json.hpp"
#include "controller/codec/iam_json.hpp"
#include "controller/listener/request_head.hpp"
#include "reconciler/model/secret.hpp"
#include "tests/controller/memory/freed_memory.hpp"
#include "tests/support/temp_dir.hpp"

namespace fairway {
namespace {

/// Longer than a short text, so that it needs a block of memory.
constexpr char canary_bytes[] = "canary-0123456789-long-enough-to-need-a-block-of-memory";

Secret canary() {
    return Secret(std::string_view(canary_bytes));
}

std::size_t found() {
    return FreedMemory::hits();
}

TEST_CASE("the look at freed memory finds what is left there") {
    const FreedMemory freed(canary_bytes);
    {
        const std::string careless(canary_bytes);
        seen(careless.data());
    }
    CHECK(found() == 1);
    {
        std::vector<char> careless(canary_bytes, canary_bytes + sizeof canary_bytes);
        seen(careless.data());
        careless.resize(10 * careless.size());
        seen(careless.data());
    }
    CHECK(found() == 3);  // where it was, and where it grew to
}

TEST_CASE("a secret wipes its memory when it goes, is replaced, copied or moved") {
    const FreedMemory freed(canary_bytes);
    {
        Secret one = canary();
        Secret two = one;
        const Secret three = std::move(one);
        two = three;
        two = canary();
        seen(two.reveal().data());
        two = Secret("x");
        std::vector<Secret> many;
        for (int i = 0; i < 20; ++i) many.push_back(three);  // grows, and moves them
        seen(many.data());
        std::string text(canary_bytes);
        const Secret of_text(std::move(text));
        seen(of_text.reveal().data());
    }
    CHECK(FreedMemory::blocks() > 20);
    CHECK(found() == 0);
}

TEST_CASE("the bodies of a login and of a channel with a password leave nothing behind") {
    ChannelSpec spec;
    spec.port = 80;
    spec.vpc_channel_type = ChannelType::microservice;
    NacosInfo& nacos = spec.microservice_info.emplace().nacos_info.emplace();
    nacos.service_name = "orders";
    nacos.password_secret = "nacos-prod";
    const Secret password = canary();
    const FreedMemory freed(canary_bytes);
    {
        std::string body = token_request("user", "domain", password, {"0123", "", ""});
        const WipedLater wiped(body);
        CHECK(body.find("canary") != std::string::npos);
    }
    {
        auto body = project_channel_body("name", spec, [&](std::string_view) { return &password; });
        REQUIRE(body);
        const WipedLater wiped(*body);
        CHECK(body->find("canary") != std::string::npos);
    }
    CHECK(found() == 0);
}

TEST_CASE("a signed request leaves nothing of its token behind once it is wiped") {
    AccessKey key;
    key.access_key = Secret("AK");
    key.secret_key = canary();
    key.security_token = canary();
    const FreedMemory freed(canary_bytes);
    {
        HttpRequest request;
        request.method = "GET";
        const WipedLater wiped(request);
        const Signer signer(key);
        request.fields.reserve(8);
        sign(request, key, signer, "0123", "/v2/0123", {}, "host", WallTime());
        CHECK(secrets_sent(request).size() == 2);
    }
    CHECK(FreedMemory::blocks() > 5);
    CHECK(found() == 0);
}

TEST_CASE("what asks a proxy for its way, and what covers an answer, leave nothing behind") {
    Proxy proxy;
    proxy.host = "proxy.example";
    proxy.user = "user";
    proxy.password = canary();
    ProjectEndpoint project;
    project.credentials = Password{"user", "domain", canary()};
    project.proxy = proxy;
    const FreedMemory freed(canary_bytes);
    {
        std::string request = connect_request(proxy, "host:443");
        const WipedLater wiped(request);
        const Mask mask(project, {});
        HttpReply reply;
        reply.body = R"({"error_msg":"nothing of it"})";
        mask.cover(reply, {});
        CHECK(reply.body == R"({"error_msg":"nothing of it"})");
    }
    CHECK(FreedMemory::blocks() > 20);
    CHECK(found() == 0);
}

TEST_CASE("reading a configuration leaves nothing of its secrets behind") {
    const TempDir dir;
    dir.write("secret_key", std::string(canary_bytes) + "\n");
    dir.write("nacos", canary_bytes);
    dir.write("wide", canary_bytes, std::filesystem::perms::all);
    std::filesystem::create_directory(dir.file("state"));
    std::filesystem::permissions(dir.file("state"), std::filesystem::perms::owner_all);
    const std::string usual =
        "projects:\n  - name: default\n    project_id: 73d69ae0cfcf460190522d06b60f05ad\n"
        "    region: cn-north-4\n"
        "    credentials: {access_key: {file: secret_key}, secret_key: {file: secret_key}}\n"
        "state: {sqlite: state/fairway.db}\nsecrets:\n  - {name: nacos, file: nacos}\n";
    const std::string good = dir.write("good.yaml", usual);
    const std::string bad = dir.write("bad.yaml", usual + "  - {name: wide, file: wide}\n");
    const FreedMemory freed(canary_bytes);
    {
        const auto none = [](const std::string&) { return std::optional<std::string>(); };
        CHECK(load_config(good, none).config);
        CHECK_FALSE(load_config(bad, none).config);
    }
    CHECK(FreedMemory::blocks() > 100);
    CHECK(found() == 0);
}

TEST_CASE("a request leaves nothing of the token that it bears") {
    const FreedMemory freed(canary_bytes);
    const std::string_view begin = "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ";
    std::string head;
    head.reserve(1000);
    head.append(begin).append(canary_bytes).append("\r\nX-Other: 1\r\n\r\n");
    {
        const auto read = parse_request_head(head, HeadLimits{});
        REQUIRE(std::holds_alternative<RequestHead>(read));
        CHECK(std::get<RequestHead>(read).authorization.reveal().ends_with(canary_bytes));
    }
    wipe(head);
    CHECK(found() == 0);
}

TEST_CASE("an answer that is covered leaves nothing of what it repeated") {
    const FreedMemory freed(canary_bytes);
    {
        const Mask mask(ProjectEndpoint{}, {canary()});
        HttpReply reply;
        reply.body.reserve(200);
        reply.body.append("refused: ").append(canary_bytes);
        reply.add("X-Echo", canary_bytes);
        mask.cover(reply, {});
        CHECK(reply.field("X-Echo") == "***");
    }
    CHECK(found() == 0);
}

}  // namespace
}  // namespace fairway
