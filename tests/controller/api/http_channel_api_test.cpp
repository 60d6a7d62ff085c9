#include "controller/api/http_channel_api.hpp"
#include "controller/api/operations.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "controller/async/real_clock.hpp"
#include "controller/async/task_group.hpp"
#include "tests/controller/api/project_at.hpp"
#include "tests/controller/api/tls_server.hpp"
#include "tests/support/run_task.hpp"

using namespace fairway;
using namespace fairway::testing;
using namespace std::chrono_literals;

namespace {

const std::string i1 = "eea73cde015940908ae0117d67bf7330", i2 = "ddd73cde017890908ae0117d67bf7330";

std::string row(const std::string& name, const std::string& instance, const std::string& id) {
    return R"({"name":")" + name + R"(","instance_id":")" + instance + R"(","id":")" + id +
           R"(","port":22,"balance_strategy":1,"member_type":"ip","type":2,"member_groups":[],"members":[]})";
}

std::string page(const std::vector<std::string>& rows, long long total) {
    std::string text = R"({"project_vpc_channels":[)";
    for (const auto& each : rows) text += (text.back() == '[' ? "" : ",") + each;
    return text + R"(],"size":)" + std::to_string(rows.size()) + R"(,"total":)" + std::to_string(total) +
           "}";
}

std::string refusal(const std::string& code) {
    return R"({"error_code":")" + code + R"(","error_msg":"some text","request_id":"r-1"})";
}

/// What the server saw of one request.
struct Seen {
    std::string line, text;
    bool has(std::string_view part) const { return text.find(part) != std::string::npos; }
};

struct Counted : NoMetrics {
    void api_called(std::string_view, std::string_view operation, std::string_view code, Duration)
        override {
        const auto& known = operations::all;  // whose series begin at 0
        CHECK(std::find(known.begin(), known.end(), operation) != known.end());
        ++calls[std::string(operation) + " " + std::string(code)];
    }
    void api_retried(std::string_view operation, ErrorReason) override {
        ++retried[std::string(operation)];
    }
    void api_in_flight(std::string_view, std::size_t count) override {
        most_in_flight = std::max(most_in_flight, count);
        in_flight = count;
    }
    void token_refreshed(std::string_view, bool ok, WallTime) override {
        ++(ok ? tokens : failed_tokens);
    }
    void api_limited(std::string_view, Duration) override { ++limited; }
    void api_rate(std::string_view, double reads, double) override { read_rate = reads; }
    std::map<std::string, int> calls, retried;
    std::size_t in_flight = 0, most_in_flight = 0;
    int tokens = 0, failed_tokens = 0, limited = 0;
    double read_rate = 0;
};

struct NoChance : Entropy {
    double random01() override { return 0; }
};

/// A scripted API, and the product's client of it.
struct World {
    using Handler = std::function<std::string(const Seen&, int count)>;

    explicit World(Handler handler)
        : handle(std::move(handler)), server([this](Peer& peer, int) {
              for (std::string text = peer.read_request(); !text.empty(); text = peer.read_request()) {
                  std::string reply;
                  {
                      const std::lock_guard lock(mutex);
                      seen.push_back({text.substr(0, text.find("\r\n")), text});
                      reply = handle(seen.back(), static_cast<int>(seen.size()));
                  }
                  if (reply.empty()) return;
                  peer.write(reply);
              }
          }) {
        project = project_at(server.port(), "AK", "SK");
        project.limits.reads_per_second = project.limits.writes_per_second = 1000;
    }
    ~World() { api.reset(); }

    void use_password() {
        Password password;
        password.user = "user";
        password.domain = "domain";
        password.password = Secret("secret-password");
        project.credentials = password;
    }
    ChannelApi& open() {
        if (!api) {
            auto opened = HttpChannelApi::open(
                io.get_executor(), {project},
                [this](std::string_view) { return secret ? &*secret : nullptr; }, clock, entropy,
                metrics, options
            );
            REQUIRE(opened);
            api = *std::move(opened);
        }
        return *api;
    }
    auto find(std::string name = "VPC_demo") {
        return run_task(io, open().find({"default", std::move(name)}));
    }
    auto list() { return run_task(io, open().list("default")); }
    auto create() { return run_task(io, open().create({"default", "VPC_demo"}, spec(), {})); }
    auto put() { return run_task(io, open().put({"default", "VPC_demo"}, spec(), {})); }
    static ChannelSpec spec() {
        ChannelSpec made;
        made.port = 22;
        made.instance_ids = {i1, i2};
        return made;
    }

    boost::asio::io_context io;
    RealClock clock{io.get_executor()};
    NoChance entropy;
    Counted metrics;
    std::mutex mutex;
    std::vector<Seen> seen;
    Handler handle;
    TlsServer server;
    ProjectEndpoint project;
    HttpChannelApiOptions options;
    std::optional<Secret> secret;
    std::unique_ptr<HttpChannelApi> api;
};

const std::string made = page({row("VPC_demo", i1, "a"), row("VPC_demo", i2, "b")}, 2);

bool mentions(const Error& error, std::string_view text) {
    return error.what().find(text) != std::string::npos;
}

}  // namespace

TEST_CASE("a create is one signed POST and returns the answer's rows") {
    World world([](const Seen&, int) { return answer(201, made); });
    const auto rows = world.create();
    REQUIRE(rows);
    REQUIRE(rows->size() == 2);
    CHECK(rows->at(0).instance == i1);
    CHECK(rows->at(0).id == "a");
    REQUIRE(world.seen.size() == 1);
    const Seen& request = world.seen[0];
    CHECK(request.line == "POST /v2/pid/apic/vpc-channels HTTP/1.1");
    CHECK(request.has("\r\nX-Language: en-us\r\n"));
    CHECK(request.has("\r\nX-Project-Id: pid\r\n"));
    CHECK(request.has("\r\nContent-Type: application/json\r\n"));
    CHECK(
        request.has("Authorization: SDK-HMAC-SHA256 Access=AK, "
                    "SignedHeaders=content-type;host;x-project-id;x-sdk-date, Signature=")
    );
    CHECK(request.has("\"name\":\"VPC_demo\""));
    CHECK(world.metrics.calls["CreateProjectVpcChannel 201"] == 1);
    CHECK(world.metrics.in_flight == 0);
    CHECK(world.metrics.most_in_flight == 1);
}

TEST_CASE("a success that does not say what it must leaves the outcome of a write open") {
    const std::pair<int, std::string> odd[] = {
        {201, ""},
        {201, "null"},
        {201, "[]"},
        {201, "{}"},
        {201, "<html>login</html>"},
        {200, "<html>login</html>"},
        {201, made.substr(0, made.size() / 2)},
        {201, page({}, 0)},
        {201, page({row("VPC_demo", i1, "a")}, 1)},
        {201, page({row("VPC_demo", i1, "a"), row("other", i2, "b")}, 2)},
        {201, page({row("VPC_demo", i1, "a"), row("VPC_demo", i2, "b"), row("VPC_demo", "i3", "c")}, 3)},
        {201, page({row("VPC_demo", i1, "a"), row("VPC_demo", i1, "b")}, 2)},
        {202, made},
    };
    for (const auto& [status, body] : odd) {
        CAPTURE(status);
        CAPTURE(body);
        const std::string reply = answer(status, body);
        World world([&reply](const Seen&, int) { return reply; });
        const auto rows = world.create();
        REQUIRE_FALSE(rows);
        CHECK(rows.error().cls() == ErrorClass::retryable);
        CHECK(rows.error().outcome_unknown());
        const auto put = world.put();
        REQUIRE_FALSE(put);
        CHECK(put.error().outcome_unknown());
    }
    World world([](const Seen&, int) { return answer(204, ""); });
    CHECK_FALSE(world.create());
    CHECK(world.put());
}

TEST_CASE("a put may be answered by any of the successes") {
    for (const int status : {200, 201}) {
        World world([&](const Seen&, int) { return answer(status, made); });
        CHECK(world.put());
        CHECK(world.seen[0].line == "PUT /v2/pid/apic/vpc-channels HTTP/1.1");
        CHECK(world.metrics.calls["UpdateProjectVpcChannel " + std::to_string(status)] == 1);
    }
}

TEST_CASE("a write is never repeated") {
    World world([](const Seen&, int) { return answer(503, "<html>busy</html>", "Retry-After: 1\r\n"); });
    const auto rows = world.create();
    REQUIRE_FALSE(rows);
    CHECK(rows.error().cls() == ErrorClass::retryable);
    CHECK(rows.error().outcome_unknown());
    CHECK(rows.error().retry_after() == Duration(1s));
    CHECK_FALSE(world.put());
    CHECK(world.seen.size() == 2);
    CHECK(world.metrics.retried.empty());
}

TEST_CASE("a write whose answer is lost is unsure, one that was never sent is not") {
    World world([](const Seen&, int) { return std::string(); });
    const auto lost = world.create();
    REQUIRE_FALSE(lost);
    CHECK(lost.error().outcome_unknown());
    CHECK(world.metrics.calls["CreateProjectVpcChannel network"] == 1);
    world.project.endpoint = "https://127.0.0.1:1";
    world.api.reset();
    const auto unsent = world.create();
    REQUIRE_FALSE(unsent);
    CHECK_FALSE(unsent.error().outcome_unknown());
}

TEST_CASE("find asks for the exact name and takes nothing else") {
    World world([](const Seen&, int) {
        return answer(
            200, page(
                     {row("VPC_demo2", i1, "x"), row("VPC_demo", i1, "a"), row("vpc_demo", i1, "y"),
                      row("VPC_demo", i2, "b"), row("VPC_demo", i2, "c")},
                     5
                 )
        );
    });
    const auto before = world.clock.wall();
    const auto found = world.find();
    REQUIRE(found);
    REQUIRE(found->rows.size() == 3);  // two rows for one instance are for the caller to judge
    CHECK(found->observed_at >= before);
    CHECK(found->observed_at <= world.clock.wall());
    CHECK(
        world.seen[0].line ==
        "GET "
        "/v2/pid/apic/"
        "vpc-channels?name=VPC_demo&precise_search=name&limit=500&offset=0&members_return=true HTTP/1.1"
    );
    CHECK(world.metrics.calls["ListProjectVpcChannelsV2 200"] == 1);
}

TEST_CASE("find escapes the name, and nothing found is an answer") {
    World world([](const Seen&, int) { return answer(200, page({}, 0)); });
    const auto found = world.find("通 &=");
    REQUIRE(found);
    CHECK(found->rows.empty());
    CHECK(world.seen[0].has("name=%E9%80%9A%20%26%3D&"));
}

TEST_CASE("a single look is not repeated") {
    World world([](const Seen&, int) { return answer(500, refusal("APIG.9999")); });
    const auto found = world.find();
    REQUIRE_FALSE(found);
    CHECK(found.error().cls() == ErrorClass::retryable);
    CHECK_FALSE(found.error().outcome_unknown());
    CHECK(found.error().fault().request_id == "r-1");
    CHECK(world.seen.size() == 1);
}

namespace {

/// Rows `from` to `to` of a long list.
std::string slice(std::size_t from, std::size_t to, long long total) {
    std::vector<std::string> rows;
    for (std::size_t i = from; i < to; ++i) {
        rows.push_back(row("n" + std::to_string(i), i1, "id" + std::to_string(i)));
    }
    return page(rows, total);
}

std::size_t offset_of(const Seen& request) {
    return std::stoul(request.line.substr(request.line.find("offset=") + 7));
}

}  // namespace

TEST_CASE("a list takes all pages, also where they are smaller than asked for") {
    for (const std::size_t rows : {std::size_t{500}, std::size_t{100}}) {
        World world([&](const Seen& request, int) {
            const std::size_t at = offset_of(request);
            return answer(200, slice(at, std::min<std::size_t>(at + rows, 1200), 1200));
        });
        const auto all = world.list();
        REQUIRE(all);
        CHECK(all->size() == 1200);
        CHECK(world.seen.size() == (rows == 500 ? 3 : 12));
    }
}

TEST_CASE("a list that changes under us is read once more") {
    World world([&](const Seen& request, int count) {
        const std::size_t at = offset_of(request), total = count == 1 ? 6 : 5;
        return answer(
            200, slice(at, std::min<std::size_t>(at + 3, total), static_cast<long long>(total))
        );
    });
    const auto all = world.list();
    REQUIRE(all);
    CHECK(all->size() == 5);
    CHECK(world.seen.size() == 4);
    CHECK(world.metrics.retried["ListProjectVpcChannelsV2"] == 1);
}

TEST_CASE("a list that does not add up is an error, never a part") {
    struct Odd {
        const char* what;
        World::Handler handle;
    };
    const Odd odd[] = {
        {"an empty page before the end",
         [](const Seen& request, int) {
             return answer(200, slice(offset_of(request), offset_of(request) == 0 ? 3 : 3, 6));
         }},
        {"a page that repeats", [](const Seen&, int) { return answer(200, slice(0, 3, 6)); }},
        {"a total that is too small", [](const Seen&, int) { return answer(200, slice(0, 3, 2)); }},
        {"a total that shrinks",
         [](const Seen& request, int count) {
             return answer(200, slice(offset_of(request), offset_of(request) + 2, 100 - count));
         }},
        {"a row that comes twice across pages",
         [](const Seen& request, int) {
             return answer(200, offset_of(request) == 0 ? slice(0, 3, 6) : slice(2, 5, 6));
         }},
    };
    for (const Odd& at : odd) {
        CAPTURE(at.what);
        World world(at.handle);
        const auto all = world.list();
        REQUIRE_FALSE(all);
        CHECK(all.error().cls() == ErrorClass::retryable);
        CHECK(mentions(all.error(), "not complete"));
    }
    World world([](const Seen& request, int) {
        return answer(200, slice(offset_of(request), offset_of(request) + 1, 100));
    });
    world.options.most_pages = 10;
    CHECK_FALSE(world.list());
    CHECK(world.seen.size() == 20);
}

TEST_CASE("a row that comes twice on the only page is taken once") {
    World world([](const Seen&, int) {
        return answer(200, page({row("a", i1, "1"), row("a", i1, "1"), row("b", i1, "2")}, 3));
    });
    const auto all = world.list();
    REQUIRE(all);
    CHECK(all->size() == 2);
}

TEST_CASE("a list that is not JSON is an error") {
    for (const char* body :
         {"", "<html>", "{", "null", "{\"project_vpc_channels\":3,\"total\":0,\"size\":0}"}) {
        World world([&](const Seen&, int) { return answer(200, body); });
        const auto all = world.list();
        REQUIRE_FALSE(all);
        CHECK_FALSE(all.error().outcome_unknown());
    }
}

TEST_CASE("pages of a list are repeated by themselves") {
    World world([&](const Seen& request, int count) {
        if (count == 2) return answer(503, "");
        if (count == 3) return answer(429, refusal("APIGW.0308"), "Retry-After: 0\r\n");
        return answer(200, slice(offset_of(request), offset_of(request) + 2, 4));
    });
    const auto all = world.list();
    REQUIRE(all);
    CHECK(all->size() == 4);
    CHECK(world.seen.size() == 4);
    CHECK(world.metrics.retried["ListProjectVpcChannelsV2"] == 2);
}

TEST_CASE("a page is tried four times, and not beyond its time") {
    World world([&](const Seen&, int) { return answer(503, ""); });
    CHECK_FALSE(world.list());
    CHECK(world.seen.size() == 4);

    World patient([&](const Seen&, int) { return answer(503, "", "Retry-After: 600\r\n"); });
    const auto all = patient.list();
    REQUIRE_FALSE(all);
    CHECK(all.error().retry_after() == Duration(600s));
    CHECK(patient.seen.size() == 1);

    World refused([&](const Seen&, int) { return answer(400, refusal("APIG.2000")); });
    CHECK_FALSE(refused.list());
    CHECK(refused.seen.size() == 1);
}

TEST_CASE("show reads one row, and notices when the id is somebody else's") {
    const std::string detail =
        R"({"name":"VPC_demo","id":"a b","port":22,"balance_strategy":1,"member_type":"ip"})";
    World world([&](const Seen&, int) { return answer(200, detail); });
    const auto good = run_task(world.io, world.open().show({"default", "VPC_demo"}, i1, "a b"));
    REQUIRE(good);
    CHECK(good->instance == i1);
    CHECK(world.seen[0].line == "GET /v2/pid/apic/instances/" + i1 + "/vpc-channels/a%20b HTTP/1.1");
    CHECK(world.metrics.calls["ShowDetailsOfVpcChannelV2 200"] == 1);
    const auto other = run_task(world.io, world.open().show({"default", "VPC_other"}, i1, "a b"));
    REQUIRE_FALSE(other);
    CHECK(other.error().cls() == ErrorClass::conflict);

    World gone([&](const Seen&, int) { return answer(404, refusal("APIG.3023")); });
    const auto missing = run_task(gone.io, gone.open().show({"default", "VPC_demo"}, i1, "a"));
    REQUIRE_FALSE(missing);
    CHECK(missing.error().cls() == ErrorClass::not_found);
    CHECK(missing.error().has_code("APIG.3023"));
}

TEST_CASE("a page that is too large to be read is asked for in smaller ones") {
    // Of 20 channels more than five at once are too much: by the body's size, or by what is in it.
    for (const bool by_size : {true, false}) {
        CAPTURE(by_size);
        World world([&](const Seen& request, int) {
            const auto number = [&](const std::string& name) {
                return std::stoul(request.line.substr(request.line.find(name) + name.size()));
            };
            const std::size_t limit = number("limit="), offset = number("offset=");
            std::vector<std::string> rows;
            for (std::size_t i = offset; i < std::min<std::size_t>(20, offset + limit); ++i) {
                rows.push_back(row("c" + std::to_string(i), i1, "id" + std::to_string(i)));
            }
            std::string body = page(rows, 20);
            if (limit > 5) {
                body.pop_back();
                body += by_size ? R"(,"x":")" + std::string(11U << 20, 'x') + "\"}" : R"(,"x":[0)";
                for (int i = 0; !by_size && i < 600000; ++i) body += ",0";
                if (!by_size) body += "]}";
            }
            return answer(200, body);
        });
        const auto all = world.list();
        REQUIRE_MESSAGE(all, all.error().what());
        CHECK(all->size() == 20);
        // 500, 125, 31, 7, and then 1 by 1
        CHECK(world.seen.size() == 4 + 20);
    }
}

TEST_CASE("instances are listed by pages of a hundred, as far as the API lets us") {
    const auto serve = [](int total) {
        return [total](const Seen& request, int) {
            const auto at = static_cast<int>(offset_of(request));
            std::string text;
            for (int i = at; i < std::min(at + 100, total); ++i) {
                text += std::string(text.empty() ? "" : ",") + R"({"id":"i)" + std::to_string(i) +
                        R"(","name":"n","status":"RUNNING"})";
            }
            return answer(
                200, R"({"total":)" + std::to_string(total) + R"(,"size":1,"instances":[)" + text + "]}"
            );
        };
    };
    World world(serve(150));
    const auto all = run_task(world.io, world.open().instances("default"));
    REQUIRE(all);
    CHECK(all->size() == 150);
    CHECK(world.seen[0].line == "GET /v2/pid/instances?limit=100&offset=0 HTTP/1.1");
    CHECK(world.metrics.calls["CheckRomaInstanceListV2 200"] == 2);
    World many(serve(250));
    CHECK_FALSE(run_task(many.io, many.open().instances("default")));
}

TEST_CASE("vpc_name_modifiable is read from any page, and is on by default") {
    const auto feature = [](const std::string& name, const std::string& config) {
        return R"({"id":"f","name":")" + name + R"(","enable":true,"config":")" + config + R"("})";
    };
    const auto serve = [](const std::string& entry, int total) {
        return answer(
            200, R"({"total":)" + std::to_string(total) + R"(,"size":1,"features":[)" + entry + "]}"
        );
    };
    World off([&](const Seen& request, int) {
        return serve(
            offset_of(request) == 0 ? feature("other", "on") : feature("vpc_name_modifiable", "off"), 2
        );
    });
    const auto is_off = run_task(off.io, off.open().name_modifiable("default", i1));
    REQUIRE(is_off);
    CHECK_FALSE(*is_off);
    CHECK(
        off.seen[1].line == "GET /v2/pid/apic/instances/" + i1 + "/features?limit=500&offset=1 HTTP/1.1"
    );
    World absent([&](const Seen&, int) { return serve(feature("other", "off"), 1); });
    const auto is_on = run_task(absent.io, absent.open().name_modifiable("default", i1));
    REQUIRE(is_on);
    CHECK(*is_on);
}

TEST_CASE("quotas are gathered from all pages") {
    World world([](const Seen& request, int) {
        const std::string name = offset_of(request) == 0 ? "VPC_NUM_LIMIT" : "VPC_INSTANCE_NUM_LIMIT";
        return answer(
            200, R"({"total":2,"size":1,"configs":[{"config_name":")" + name +
                     R"(","config_value":"200","used":7}]})"
        );
    });
    const auto quotas = run_task(world.io, world.open().quotas("default", i1));
    REQUIRE(quotas);
    REQUIRE(quotas->size() == 2);
    CHECK((*quotas)[0].name == "VPC_NUM_LIMIT");
    CHECK((*quotas)[1].used == 7);
    CHECK(
        world.seen[1].line ==
        "GET /v2/pid/apic/instances/" + i1 + "/project/configs?limit=500&offset=1 HTTP/1.1"
    );
    CHECK_FALSE(run_task(world.io, world.open().quotas("other", i1)));
}

TEST_CASE("a wrong key is tried once, and the clock is blamed where it is wrong") {
    World world([](const Seen&, int) {
        return answer(
            401,
            R"({"error_code":"APIGW.0301","error_msg":"verify aksk signature fail","request_id":"q"})",
            "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
        );
    });
    TaskGroup group(world.io.get_executor());
    std::vector<Error> errors;
    auto one = [&]() -> Task<> {
        const ChannelKey key{"default", "VPC_demo"};
        const auto rows = co_await world.open().create(key, World::spec(), {});
        if (!rows) errors.push_back(rows.error());
    };
    for (int i = 0; i < 20; ++i) group.spawn(one());
    run_task(world.io, group.join());
    CHECK(world.seen.size() == 1);
    REQUIRE(errors.size() == 20);
    for (const Error& error : errors) {
        CHECK(error.cls() == ErrorClass::auth);
        CHECK_FALSE(error.outcome_unknown());
        CHECK(mentions(error, "this machine's clock is"));
        CHECK(mentions(error, "verify aksk signature fail"));
    }
}

TEST_CASE("with a password one token serves everybody") {
    World world([](const Seen& request, int) {
        if (request.line.find("/v3/auth/tokens") == std::string::npos) return answer(200, page({}, 0));
        return answer(
            201, R"({"token":{"expires_at":"2099-01-01T00:00:00Z"}})", "X-Subject-Token: tok\r\n"
        );
    });
    world.use_password();
    TaskGroup group(world.io.get_executor());
    int good = 0;
    auto one = [&]() -> Task<> {
        const ChannelKey key{"default", "VPC_demo"};
        const auto found = co_await world.open().find(key);
        if (found) ++good;
    };
    for (int i = 0; i < 20; ++i) group.spawn(one());
    run_task(world.io, group.join());
    CHECK(good == 20);
    CHECK(world.seen.size() == 21);
    CHECK(world.seen[0].line == "POST /v3/auth/tokens?nocatalog=true HTTP/1.1");
    CHECK(world.seen[0].has("\"id\":\"pid\""));
    CHECK_FALSE(world.seen[0].has("X-Auth-Token"));
    CHECK(world.seen[1].has("\r\nX-Auth-Token: tok\r\n"));
    CHECK_FALSE(world.seen[1].has("Authorization"));
    CHECK(world.metrics.calls["CreateToken 201"] == 1);
    CHECK(world.metrics.tokens == 1);
}

TEST_CASE("a token that died is renewed once and the call, even a write, goes again") {
    int tokens = 0;
    World world([&](const Seen& request, int) {
        if (request.line.find("/v3/auth/tokens") != std::string::npos) {
            return answer(
                201, R"({"token":{"expires_at":"2099-01-01T00:00:00Z"}})",
                "X-Subject-Token: tok" + std::to_string(++tokens) + "\r\n"
            );
        }
        if (request.has("tok2")) return answer(201, made);
        return tokens == 1 && request.line.substr(0, 3) == "GET" ? answer(200, page({}, 0))
                                                                 : answer(401, refusal("APIG.1002"));
    });
    world.use_password();
    CHECK(world.find());
    CHECK(world.create());
    CHECK(tokens == 2);
    CHECK(world.metrics.calls["CreateProjectVpcChannel 401"] == 1);
    CHECK(world.metrics.calls["CreateProjectVpcChannel 201"] == 1);
}

TEST_CASE("tokens that are always refused are renewed once, not for ever") {
    World world([&](const Seen& request, int count) {
        if (request.line.find("/v3/auth/tokens") == std::string::npos) {
            return count <= 2 ? answer(200, page({}, 0)) : answer(401, refusal("APIG.1002"));
        }
        return answer(
            201, R"({"token":{"expires_at":"2099-01-01T00:00:00Z"}})", "X-Subject-Token: tok\r\n"
        );
    });
    world.use_password();
    CHECK(world.find());
    const auto found = world.find();
    REQUIRE_FALSE(found);
    CHECK(found.error().cls() == ErrorClass::auth);
    CHECK_FALSE(world.find());
    CHECK(world.seen.size() == 5);  // token, find; find, token, find
}

TEST_CASE("a token of 64 KiB that lasts until 2099 is used as it is") {
    const std::string token(64U << 10U, 't');
    World world([&](const Seen& request, int) {
        if (request.line.find("/v3/auth/tokens") == std::string::npos) return answer(200, page({}, 0));
        return answer(
            201, R"({"token":{"expires_at":"2099-12-31T23:59:59Z"}})",
            "X-Subject-Token: " + token + "\r\n"
        );
    });
    world.use_password();
    CHECK(world.find());
    CHECK(world.find());
    REQUIRE(world.seen.size() == 3);
    CHECK(world.seen[2].has("\r\nX-Auth-Token: " + token + "\r\n"));
}

TEST_CASE("an IAM that answers nonsense gives no token, and nothing is sent without one") {
    struct Odd {
        int status;
        std::string body, fields;
        ErrorClass cls;
    };
    const std::string good = R"({"token":{"expires_at":"2099-01-01T00:00:00Z"}})",
                      token = "X-Subject-Token: t\r\n";
    const Odd odd[] = {
        {201, good, "", ErrorClass::retryable},
        {201, good, token + token, ErrorClass::retryable},
        {201, good, "X-Subject-Token:\r\n", ErrorClass::retryable},
        {201, good, "X-Subject-Token: a\nb\r\n", ErrorClass::retryable},
        {201, good, "X-Subject-Token: a\r\n b\r\n", ErrorClass::retryable},
        {201, "{}", token, ErrorClass::retryable},
        {201, R"({"token":{}})", token, ErrorClass::retryable},
        {201, R"({"token":{"expires_at":"2001-01-01T00:00:00Z"}})", token, ErrorClass::retryable},
        {201, "<html>", token, ErrorClass::retryable},
        {401,
         R"({"error":{"code":401,"message":"The username or password is wrong.","title":"Unauthorized"}})",
         "", ErrorClass::auth},
        {403, R"({"error":{"code":403,"message":"no","title":"Forbidden"}})", "", ErrorClass::terminal},
        {503, "", "", ErrorClass::retryable},
        {302, "", "Location: https://evil/\r\n", ErrorClass::terminal},
    };
    for (const Odd& at : odd) {
        CAPTURE(at.status);
        CAPTURE(at.body);
        CAPTURE(at.fields);
        World world([&](const Seen&, int) { return answer(at.status, at.body, at.fields); });
        world.use_password();
        const auto rows = world.create();
        REQUIRE_FALSE(rows);
        CHECK(to_string(rows.error().cls()) == to_string(at.cls));
        CHECK_FALSE(rows.error().outcome_unknown());
        CHECK(mentions(rows.error(), "IAM: "));
        CHECK_FALSE(mentions(rows.error(), "secret-password"));
        CHECK(world.seen.size() == 1);
        CHECK(world.metrics.failed_tokens == 1);
    }
}

TEST_CASE("a throttle slows the project down") {
    World world([](const Seen&, int count) {
        return count == 1 ? answer(429, refusal("APIGW.0308"), "Retry-After: 0\r\n")
                          : answer(200, page({}, 0));
    });
    const auto found = world.find();
    REQUIRE_FALSE(found);
    CHECK(found.error().cls() == ErrorClass::throttled);
    CHECK(world.metrics.read_rate == 500);
    CHECK(world.find());
}

TEST_CASE("calls wait for their turn") {
    World world([](const Seen&, int) { return answer(200, page({}, 0)); });
    world.project.limits.reads_per_second = 100;
    TaskGroup group(world.io.get_executor());
    auto one = [&]() -> Task<> {
        const ChannelKey key{"default", "VPC_demo"};
        const auto found = co_await world.open().find(key);
        CHECK(found);
    };
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 40; ++i) group.spawn(one());
    run_task(world.io, group.join());
    CHECK(std::chrono::steady_clock::now() - began >= 100ms);
    CHECK(world.metrics.limited > 0);
}

TEST_CASE("what cannot work is told at once") {
    World world([](const Seen&, int) { return answer(200, page({}, 0)); });
    const auto unknown = run_task(world.io, world.open().find({"elsewhere", "x"}));
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().cls() == ErrorClass::terminal);
    CHECK(mentions(unknown.error(), "elsewhere"));

    const auto opened = [&](const ProjectEndpoint& project) {
        return HttpChannelApi::open(
            world.io.get_executor(), {project}, [](std::string_view) { return nullptr; }, world.clock,
            world.entropy, world.metrics
        );
    };
    ProjectEndpoint bad = world.project;
    bad.endpoint = "http://127.0.0.1";
    REQUIRE_FALSE(opened(bad));
    CHECK(mentions(opened(bad).error(), "project default"));
    bad = world.project;
    bad.ca_file = "/nowhere.pem";
    CHECK_FALSE(opened(bad));
    world.use_password();
    bad = world.project;
    bad.iam_endpoint = "";
    CHECK_FALSE(opened(bad));
    CHECK(world.seen.empty());
}

TEST_CASE("the API may go while calls are in flight") {
    World world([](const Seen&, int) { return answer(200, page({}, 0)); });
    TaskGroup group(world.io.get_executor());
    int good = 0;
    auto one = [&]() -> Task<> {
        const ChannelKey key{"default", "VPC_demo"};
        const auto found = co_await world.open().find(key);
        if (found) ++good;
    };
    for (int i = 0; i < 5; ++i) group.spawn(one());
    world.io.run_one();
    world.io.run_one();
    world.api.reset();
    run_task(world.io, group.join());
    CHECK(good == 5);
}
