// Bodies that are made to cost a multiple of their size in memory.
#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "controller/api/http_channel_api.hpp"
#include "controller/api/reply_parser.hpp"
#include "controller/async/real_clock.hpp"
#include "controller/codec/json_object.hpp"
#include "tests/controller/api/memory_peak.hpp"
#include "tests/controller/api/project_at.hpp"
#include "tests/controller/api/tls_server.hpp"
#include "tests/support/run_task.hpp"

using namespace fairway;
using namespace fairway::testing;
using namespace std::chrono_literals;

namespace {

/// `head`, as much of `piece` as fits into `size` bytes together with `tail`, and that.
std::string filled(
    const std::string& head, const std::string& piece, const std::string& tail, std::size_t size
) {
    std::string body;
    body.reserve(size);
    body += head;
    while (body.size() + piece.size() + tail.size() <= size) body += piece;
    return body += tail;
}

/// The same with members whose keys all differ.
std::string many_keys(const std::string& head, std::size_t size) {
    std::string body;
    body.reserve(size);
    body += head;
    for (unsigned i = 0; body.size() + 32 < size; ++i) body += ",\"" + std::to_string(i) + "\":0";
    return body += "}";
}

struct Body {
    const char* name;
    std::function<std::string(std::size_t size)> text;
};

/// Bodies that take many times their size when they are read by the way of least thought. Most are JSON,
/// and many of those good pages.
std::vector<Body> costly() {
    const auto text = [](std::string head, std::string piece, std::string tail) {
        return [=](std::size_t size) { return filled(head, piece, tail, size); };
    };
    const std::string page = R"({"project_vpc_channels":)", none = page + "[]";
    const std::string row = R"({"name":"a","port":1,"instance_id":"i"})";
    const std::string members = page + R"([{"name":"a","port":1,"instance_id":"i","members":)";
    const std::string ids = page + R"([{"name":"a","port":1,"instance_id":"i","instance_ids":)";
    const std::string token = R"({"token":{"expires_at":"2099-01-01T00:00:00Z","project":{"id":")";
    const std::string deep = std::string(60, '[') + std::string(60, ']');
    return {
        {"numbers", text(none + R"(,"x":[0)", ",0", "]}")},
        {"one text", text(none + R"(,"x":")", "x", "\"}")},
        {"unknown keys", [=](std::size_t size) { return many_keys(none, size); }},
        {"quotas", text(R"({"configs":[{"config_value":1})", R"(,{"config_value":1})", "]}")},
        {"instances", text(R"({"instances":[{"id":1})", R"(,{"id":1})", "]}")},
        {"short rows", text(page + "[" + row, "," + row, "]}")},
        {"an error full of the key", text(R"({"error_code":"A.1","error_msg":")", "ACCESSKEY", "\"}")},
        {"a token's long project", text(token, "x", "\"}}}")},
        {"empty objects", text(none + R"(,"x":[{})", ",{}", "]}")},
        {"empty lists", text(none + R"(,"x":[[])", ",[]", "]}")},
        {"short texts", text(none + R"(,"x":["")", ",\"\"", "]}")},
        {"longer texts", text(none + R"(,"x":[0)", ",\"" + std::string(40, 'x') + "\"", "]}")},
        {"one text of escapes", text(none + R"(,"x":")", R"(\u00e9)", "\"}")},
        {"one number", text(none + R"(,"x":1)", "0", "}")},
        {"one fraction", text(none + R"(,"x":0.1)", "0", "}")},
        {"one key", text(none + R"(,")", "x", "\":0}")},
        {"a key again and again", text(none, R"(,"x":0)", "}")},
        {"deep and wide", text(none + R"(,"x":[0)", "," + deep, "]}")},
        {"objects in objects", text(none + R"(,"x":[0)", R"(,{"a":{"b":0}})", "]}")},
        {"empty rows", text(page + "[{}", ",{}", "]}")},
        {"empty members", text(members + "[{}", ",{}", "]}]}")},
        {"members that are none", text(members + "[0", ",0", "]}]}")},
        {"many ids", text(ids + "[\"\"", ",\"\"", "]}]}")},
        {"a long name", text(page + R"([{"port":1,"instance_id":"i","name":")", "x", "\"}]}")},
        {"a port of text", text(page + R"([{"name":"a","instance_id":"i","port":")", "x", "\"}]}")},
        {"a million brackets", text("", "[", "")},
        {"objects without end", text("", R"({"a":)", "")},
        {"spaces", text("", " ", "")},
    };
}

/// Every request gets one answer; whether it is JSON that we can use is another matter.
struct Cloud {
    Cloud(const std::string& header, const std::string& body)
        : server([&](Peer& peer, int) {
              while (!peer.read_request().empty()) {
                  peer.write(header);
                  peer.write(body);
              }
          }) {}

    ProjectEndpoint project(bool by_password) const {
        ProjectEndpoint made = project_at(server.port());
        if (by_password) made.credentials = Password{"user", "domain", Secret("secret-password")};
        return made;
    }

    TlsServer server;
};

enum class Asked { find, create, show, instances, features, quotas, token };

/// Asks, and gives what went wrong; the answer is gone by then.
std::string ask(boost::asio::io_context& io, ChannelApi& api, Asked what) {
    const auto told = [](const auto& result) { return result ? std::string() : result.error().what(); };
    const ChannelKey key{"default", "a"};
    ChannelSpec spec;
    spec.port = 1;
    spec.instance_ids = {"i"};
    switch (what) {
        case Asked::create:
            return told(run_task(io, api.create(key, spec, {})));
        case Asked::show:
            return told(run_task(io, api.show(key, "i", "id")));
        case Asked::instances:
            return told(run_task(io, api.instances("default")));
        case Asked::features:
            return told(run_task(io, api.name_modifiable("default", "i")));
        case Asked::quotas:
            return told(run_task(io, api.quotas("default", "i")));
        case Asked::find:
        case Asked::token:
            break;
    }
    return told(run_task(io, api.find(key)));
}

struct Cost {
    std::string told;  ///< what went wrong
    std::size_t memory = 0;
    std::chrono::steady_clock::duration time{};
};

/// What it costs to be answered by `body`.
Cost cost_of(Asked what, const std::string& status, const std::string& body) {
    std::string answer = "HTTP/1.1 " + status + "\r\nX-Subject-Token: token\r\nContent-Length: ";
    answer += std::to_string(body.size()) + "\r\n\r\n";
    Cloud cloud(answer, body);
    boost::asio::io_context io;
    RealClock clock(io.get_executor());
    RealEntropy entropy;
    NoMetrics metrics;
    HttpChannelApiOptions options;
    options.deadlines.whole = 2s;
    options.page_time = 0s;  // no second try
    auto api = HttpChannelApi::open(
        io.get_executor(), {cloud.project(what == Asked::token)},
        [](std::string_view) { return nullptr; }, clock, entropy, metrics, options
    );
    REQUIRE(api);
    Cost cost;
    const std::size_t before = forget_the_peak();
    const auto began = std::chrono::steady_clock::now();
    cost.told = ask(io, **api, what);
    cost.time = std::chrono::steady_clock::now() - began;
    cost.memory = peak_beyond(before);
    return cost;
}

/// A page of `rows` channels with all that the contract knows of: ten members and ten groups each.
std::string full_page(int rows) {
    const std::string id = "73d69ae0cfcf460190522d06b60f05ad", time = "2020-07-23T07:11:57.244829123Z";
    std::string page = R"({"total":)" + std::to_string(rows) + R"(,"size":)" + std::to_string(rows) +
                       R"(,"project_vpc_channels":[)";
    for (int row = 0; row < rows; ++row) {
        const std::string number = std::to_string(row);
        page += (row == 0 ? "" : ",");
        page +=
            R"({"name":"a","dict_code":"","id":")" + id + number + R"(","instance_id":"i)" + number +
            R"(","instance_name":")" + std::string(64, 'n') + R"(","port":22,"balance_strategy":1,)" +
            R"("member_type":"ecs","type":2,"vpc_channel_type":"BUILTIN","status":1,"create_time":")" +
            time + R"(","vpc_health_config":{"protocol":"http","path":"/","method":"GET","port":80,)" +
            R"("threshold_normal":2,"threshold_abnormal":5,"time_interval":10,"http_code":"200",)" +
            R"("enable_client_ssl":false,"status":1,"timeout":5,"id":")" + id +
            R"(","vpc_channel_id":")" + id + R"(","create_time":")" + time + R"("},"members":[)";
        for (int i = 0; i < 10; ++i) {
            page += (i == 0 ? "" : ",");
            page += R"({"host":"192.168.100.)" + std::to_string(100 + i) +
                    R"(","weight":1,"is_backup":false,"member_group_name":")" + std::string(40, 'g') +
                    R"(","status":1,"port":8080,"ecs_id":")" + id + R"(","ecs_name":")" +
                    std::string(64, 'e') + R"(","id":")" + id + R"(","vpc_channel_id":")" + id +
                    R"(","member_group_id":")" + id + R"(","create_time":")" + time +
                    R"(","health_status":"NORMAL"})";
        }
        page += R"(],"member_groups":[)";
        for (int i = 0; i < 10; ++i) {
            page += (i == 0 ? "" : ",");
            page +=
                R"({"member_group_name":")" + std::string(40, 'g') + std::to_string(i) +
                R"(","member_group_remark":")" + std::string(255, 'r') +
                R"(","member_group_weight":1,"dict_code":"","microservice_version":"v1",)" +
                R"("microservice_port":80,"microservice_labels":[{"label_name":"cluster_id","label_value":")" +
                id + R"("}],"reference_vpc_channel_id":"","member_group_id":")" + id +
                R"(","create_time":")" + time + R"(","update_time":")" + time + R"("})";
        }
        page += "]}";
    }
    return page + "]}";
}

}  // namespace

TEST_CASE("no body takes more than 32 MiB, whatever was asked and whatever its status") {
    const std::size_t size = ReplyLimits().body_bytes;
    struct Case {
        std::size_t size;
        Asked what;
        const char* status;
        std::size_t bodies;  ///< of the list: all for one question, the first for the others
    };
    const std::vector<Body> bodies = costly();
    constexpr std::size_t some = sanitized ? 3 : 8;
    const Case cases[] = {
        {size, Asked::find, "200 OK", bodies.size()},
        {size / 10, Asked::find, "200 OK", bodies.size()},
        {size, Asked::create, "201 Created", some},
        {size, Asked::show, "200 OK", some},
        {size / 4, Asked::instances, "200 OK", 5},
        {size, Asked::features, "200 OK", 3},
        {size / 4, Asked::quotas, "200 OK", 5},
        {size, Asked::token, "201 Created", some},
        {size, Asked::create, "400 Bad Request", some},
        {size, Asked::find, "401 Unauthorized", some},
        {size, Asked::token, "401 Unauthorized", some},
    };
    for (const Case& asked : cases) {
        for (std::size_t i = 0; i < asked.bodies; ++i) {
            CAPTURE(std::string(bodies[i].name));
            CAPTURE(asked.size);
            CAPTURE(std::string(asked.status));
            CAPTURE(static_cast<int>(asked.what));
            const Cost cost = cost_of(asked.what, asked.status, bodies[i].text(asked.size));
            CAPTURE(cost.memory / mebibyte);
            CHECK(cost.memory <= allowance);
            CHECK(cost.time < longest);
        }
    }
}

TEST_CASE("a body that is as costly as is let through takes no more than 32 MiB") {
    // Rows that use up the room for what is read, values that use up their number, and text for the
    // rest.
    const std::string row = R"({"name":"a","port":1,"instance_id":"i"},)";
    std::string text = R"({"total":1,"project_vpc_channels":[)";
    const std::size_t rows = JsonReading().room / (sizeof(InstanceChannel) + 16);
    for (std::size_t i = 0; i < rows; ++i) text += row;
    text.back() = ']';
    text += R"(,"x":[0)";
    for (std::size_t i = 7 * rows + 100; i < std::size_t{512} << 10; ++i) text += ",0";
    text += R"(],"y":")";
    const Cost cost = cost_of(Asked::find, "200 OK", filled(text, "x", "\"}", ReplyLimits().body_bytes));
    CHECK_MESSAGE(cost.told.starts_with("the list is not complete"), cost.told);  // it was read
    CAPTURE(cost.memory / mebibyte);
    CHECK(cost.memory <= allowance);
}

TEST_CASE("the largest page of the contract is read, and a fifth more") {
    for (const int rows : {500, 600}) {
        CAPTURE(rows);
        const std::string page = full_page(rows);
        CAPTURE(page.size());
        const Cost cost = cost_of(Asked::find, "200 OK", page);
        CHECK(cost.told == "");
        CAPTURE(cost.memory / mebibyte);
        CHECK(cost.memory <= allowance);
    }
}
