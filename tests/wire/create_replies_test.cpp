// Every kind of answer to a create, and what we hold of the channel afterwards. The numbers in front are
// those of the list of bad inputs in tests/bad_inputs.
#include <doctest/doctest.h>

#include <algorithm>

#include "controller/api/http_channel_api.hpp"
#include "reconciler/engine/reconciler.hpp"
#include "tests/reconciler/world.hpp"
#include "tests/wire/scripted_transport.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

/// What we know after the answer.
enum class Verdict {
    created,  ///< the answer is believed; the ids that it lacks are looked up
    open,     ///< nobody knows: wait, look, decide
    refused,  ///< certainly not done: as if we had never asked
    exists,   ///< the name is taken: look who has it
};

std::string http(const std::string& status, const std::string& body, const std::string& more = {}) {
    return "HTTP/1.1 " + status + "\r\nContent-Type: application/json\r\n" + more +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string row(const std::string& instance, const std::string& more = {}) {
    return R"({"name":"VPC_demo","port":22,"type":2,"instance_id":")" + instance + "\"" + more + "}";
}

std::string rows(const std::vector<std::string>& list) {
    std::string text;
    for (const std::string& one : list) text += (text.empty() ? "" : ",") + one;
    return R"({"project_vpc_channels":[)" + text + "]}";
}

std::string error(const std::string& code) {
    return R"({"error_code":")" + code + R"(","error_msg":"no","request_id":"r1"})";
}

const std::string both = rows({row("i1", R"(,"id":"a")"), row("i2", R"(,"id":"b")")});

struct Answer {
    const char* name;
    std::optional<std::string> bytes;
    Verdict verdict;
};

std::vector<Answer> answers() {
    using enum Verdict;
    std::vector<Answer> all{
        {"a whole answer", http("201 Created", both), created},
        {"R1 no instance", http("201 Created", rows({})), open},
        {"R1 one instance of two", http("201 Created", rows({row("i1")})), open},
        {"R2 a third, foreign instance", http("201 Created", rows({row("i1"), row("i2"), row("i3")})),
         open},
        {"R2 one instance twice", http("201 Created", rows({row("i1"), row("i1")})), open},
        {"R3 another name",
         http("201 Created", rows({R"({"name":"other","port":22,"instance_id":"i1"})", row("i2")})),
         open},
        {"R4 no ids", http("201 Created", rows({row("i1"), row("i2")})), created},
        {"R5 nothing in it", http("201 Created", ""), open},
        {"R5 null", http("201 Created", "null"), open},
        {"R5 a list", http("201 Created", "[]"), open},
        {"R6 200", http("200 OK", both), created},
        {"R6 202", http("202 Accepted", both), open},
        {"R6 204", "HTTP/1.1 204 No Content\r\n\r\n", open},
        {"R7 a login page", http("200 OK", "<html><form>log in</form></html>"), open},
        {"R8 an unknown code", http("400 Bad Request", error("APIG.7777")), refused},
        {"R8 no code: whoever said so may not be the API", http("400 Bad Request", "{}"), open},
        {"R8 a code that is a number", http("400 Bad Request", R"({"error_code":3208})"), refused},
        {"R8 a code of a mebibyte", http("400 Bad Request", error(std::string(1 << 20, 'A'))), refused},
        {"R9 a throttle that is called a fault of the server", http("500 Oops", error("APIG.9008")),
         open},
        {"R10 the name exists", http("400 Bad Request", error("APIG.3208")), exists},
        {"R11 not authenticated", http("401 Unauthorized", error("APIG.1002")), refused},
        {"R11 frozen", http("403 Forbidden", error("APIG.1013")), refused},
        {"no quota", http("403 Forbidden", error("APIG.3109")), refused},
        {"R13 slow down", http("429 Too Many", error("APIG.0308"), "Retry-After: 5\r\n"), refused},
        {"R13 slow down, and no word of how long", http("429 Too Many", error("APIG.0308")), refused},
        {"R14 500", http("500 Oops", error("APIG.9999")), open},
        {"R14 500, half done", http("500 Oops", error("APIG.3500")), open},
        {"R14 502", http("502 Bad Gateway", "<html>"), open},
        {"R14 503", http("503 Busy", ""), open},
        {"R14 504", http("504 Late", ""), open},
        {"R15 a redirection", http("302 Found", "", "Location: https://gateway.example/\r\n"), open},
        {"R15 a redirection without TLS", http("307 Found", "", "Location: http://evil/\r\n"), open},
        {"R16 interim answers without end",
         [] {
             std::string bytes;
             for (int i = 0; i < 1000; ++i) bytes += "HTTP/1.1 100 Continue\r\n\r\n";
             return bytes + http("201 Created", both);
         }(),
         open},
        {"R17 999", http("999 Odd", both), open},
        {"R17 000", http("000 Odd", both), open},
        {"R21 a row without an instance",
         http("201 Created", rows({R"({"name":"VPC_demo","port":22})", row("i2")})), open},
        {"R24 a key twice",
         http("201 Created", R"({"project_vpc_channels":[],"project_vpc_channels":[]})"), open},
        {"R25 a million brackets", http("201 Created", std::string(1000000, '[')), open},
        {"R27 no UTF-8", http("201 Created", rows({row("i1", ",\"id\":\"\xff\""), row("i2")})), open},
        {"R33 a chunk extension of 200 kB",
         "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n1;a=" + std::string(200000, 'b') +
             "\r\n{\r\n0\r\n\r\n",
         open},
        {"R33 32 MiB announced",
         "HTTP/1.1 201 Created\r\nContent-Length: 33554432\r\n\r\n" + std::string(1 << 20, ' '), open},
        {"R34 a negative length", "HTTP/1.1 201 Created\r\nContent-Length: -1\r\n\r\n" + both, open},
        {"R34 two lengths", "HTTP/1.1 201 Created\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
         open},
        {"R34 a length and chunks",
         "HTTP/1.1 201 Created\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         open},
        {"R35 compressed", http("201 Created", both, "Content-Encoding: gzip\r\n"), open},
        {"reset", std::nullopt, open},
    };
    for (std::size_t cut = 1; cut < 400; cut += 7) {  // R5: at many a byte
        const std::string whole = http("201 Created", both);
        if (cut < whole.size()) all.push_back({"R5 broken off", whole.substr(0, cut), open});
    }
    return all;
}

/// One pass over a channel that is to be created, with that answer to the POST and nothing in the cloud.
struct Attempt {
    explicit Attempt(const Answer& answer) {
        HttpChannelApi::Options options;
        options.connect = [this, bytes = answer.bytes](const std::string&, const ProjectEndpoint&) {
            return Result<std::unique_ptr<HttpTransport>>(std::make_unique<ScriptedTransport>(
                context.get_executor(),
                [this, bytes](const HttpRequest& request) { return reply(request, bytes); }
            ));
        };
        ProjectEndpoint endpoint;
        endpoint.name = "default";
        endpoint.project_id = "p";
        endpoint.endpoint = "https://gateway.example";
        endpoint.credentials = AccessKey{Secret("ak"), Secret("sk"), std::nullopt};
        auto opened = HttpChannelApi::open(
            context.get_executor(), {endpoint},
            [](std::string_view) -> const Secret* { return nullptr; }, clock, entropy, metrics,
            std::move(options)
        );
        REQUIRE(opened);
        api = *std::move(opened);
        clock.run(pass());
    }

    std::optional<std::string> reply(
        const HttpRequest& request, const std::optional<std::string>& bytes
    ) {
        if (request.method == "POST") {
            ++posts;
            return bytes;
        }
        if (request.method != "GET") ++other_writes;
        if (request.target.find("/features") != std::string::npos) {
            return http(
                "200 OK",
                R"({"total":1,"features":[{"name":"vpc_name_modifiable","enable":true,"config":"off"}]})"
            );
        }
        return http("200 OK", R"({"size":0,"total":0,"project_vpc_channels":[]})");
    }
    Task<> pass() {
        Reconciler reconciler(*api, store, clock, metrics, ReconcilerOptions());
        report = co_await reconciler.reconcile(key, snapshot_of(key, demo_spec()), std::nullopt);
    }
    std::optional<Phase> phase() const {
        const auto it = store.rows.find(key);
        return it == store.rows.end() ? std::nullopt : std::optional(it->second.phase);
    }

    const ChannelKey key{"default", "VPC_demo"};
    boost::asio::io_context context;
    SimClock clock{context};
    FixedEntropy entropy;
    NoMetrics metrics;
    Killer killer;
    FakeStore store{killer};
    std::unique_ptr<HttpChannelApi> api;
    PassReport report;
    int posts = 0, other_writes = 0;
};

TEST_CASE("every answer to a create leaves the row in the phase that fits it, after one request") {
    for (const Answer& answer : answers()) {
        CAPTURE(std::string(answer.name));
        CAPTURE(answer.bytes.value_or("").substr(0, 120));
        const Attempt attempt(answer);
        CHECK(attempt.posts == 1);
        CHECK(attempt.other_writes == 0);
        const auto phase = attempt.phase();
        switch (answer.verdict) {
            case Verdict::created:
                CHECK(phase == Phase::created);
                break;
            case Verdict::open:
                CHECK(phase == Phase::ambiguous);
                break;
            case Verdict::refused:
                CHECK_FALSE(phase);
                REQUIRE_MESSAGE(attempt.report.error, answer.name);
                CHECK_FALSE(attempt.report.error->outcome_unknown());
                CHECK(attempt.report.error->what().size() < 2000);
                break;
            case Verdict::exists:
                CHECK(phase == Phase::ambiguous);
                break;
        }
    }
}

}  // namespace
}  // namespace fairway
