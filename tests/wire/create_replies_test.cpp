// Every kind of answer to a create, and what we hold of the channel afterwards. The numbers in front are
// those of the list of bad inputs in tests/bad_inputs.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>

#include "reconciler/engine/reconciler.hpp"
#include "tests/reconciler/world.hpp"
#include "tests/wire/scripted_api.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

/// What we know after the answer.
enum class Verdict {
    created,  ///< the answer is believed; the ids that it lacks are looked up
    open,     ///< nobody knows: wait, look, decide
    refused,  ///< certainly not done: as if we had never asked
    slowed,   ///< it may have been done, but nothing of it is under way any more: the next look decides
    exists,   ///< the name is taken: look who has it
};

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

std::string interim(const std::string& status) {
    std::string bytes;
    for (int i = 0; i < 1000; ++i) bytes += "HTTP/1.1 " + status + "\r\n\r\n";
    return bytes;
}

std::string chunk(const std::string& body) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx", body.size());
    return std::string(size) + "\r\n" + body + "\r\n";
}

std::string nested(std::size_t levels) {
    return std::string(levels, '[') + std::string(levels, ']');
}

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
        {"R11 frozen, told as not authenticated", http("401 Unauthorized", error("APIG.1013")), refused},
        {"no quota", http("403 Forbidden", error("APIG.3109")), refused},
        {"R13 slow down", http("429 Too Many", error("APIG.0308"), "Retry-After: 5\r\n"), slowed},
        {"R13 slow down, and no word of how long", http("429 Too Many", error("APIG.0308")), slowed},
        {"R13 slow down, says somebody", http("429 Too Many", "<html>"), slowed},
        {"R14 500", http("500 Oops", error("APIG.9999")), open},
        {"R14 500, half done", http("500 Oops", error("APIG.3500")), open},
        {"R14 502", http("502 Bad Gateway", "<html>"), open},
        {"R14 503", http("503 Busy", ""), open},
        {"R14 504", http("504 Late", ""), open},
        {"R15 a redirection", http("302 Found", "", "Location: https://gateway.example/\r\n"), open},
        {"R15 a redirection without TLS", http("307 Found", "", "Location: http://evil/\r\n"), open},
        {"R15 a redirection to another port",
         http("301 Moved", "", "Location: https://gateway.example:1/\r\n"), open},
        {"R15 a redirection to a file", http("303 See", "", "Location: file:///etc/passwd\r\n"), open},
        {"R15 a redirection to nowhere", http("308 Moved", ""), open},
        {"R16 100 without end", interim("100 Continue") + http("201 Created", both), open},
        {"R16 102 without end", interim("102 Processing") + http("201 Created", both), open},
        {"R16 103 without end", interim("103 Early Hints") + http("201 Created", both), open},
        {"R17 999", http("999 Odd", both), open},
        {"R17 000", http("000 Odd", both), open},
        {"R17 99", http("99 Odd", both), open},
        {"R21 a row without an instance",
         http("201 Created", rows({R"({"name":"VPC_demo","port":22})", row("i2")})), open},
        {"R24 a key twice",
         http("201 Created", R"({"project_vpc_channels":[],"project_vpc_channels":[]})"), open},
        {"R25 a million brackets", http("201 Created", std::string(1000000, '[')), open},
        {"R26 a number beyond all bounds",
         http("201 Created", rows({row("i1", R"(,"x":1e400)"), row("i2")})), open},
        {"R26 no number", http("201 Created", rows({row("i1", R"(,"x":NaN)"), row("i2")})), open},
        {"R26 more than a whole number holds",
         http(
             "201 Created", rows({row("i1", R"(,"balance_strategy":100000000000000000000)"), row("i2")})
         ),
         open},
        {"R26 a minus zero and 128 digits",
         http(
             "201 Created", rows(
                                {row("i1", R"(,"x":-0,"y":0.)" + std::string(128, '7') + "e-336"),
                                 row("i2", R"(,"x":-0.0)")}
                            )
         ),
         created},
        {"R27 half a surrogate pair",
         http("201 Created", rows({row("i1", R"(,"id":"\ud800")"), row("i2")})), open},
        {"R27 NUL within the name",
         http(
             "201 Created",
             rows({R"({"name":"VPC_demo\u0000","port":22,"instance_id":"i1"})", row("i2")})
         ),
         open},
        {"R27 no UTF-8", http("201 Created", rows({row("i1", ",\"id\":\"\xff\""), row("i2")})), open},
        {"R33 a chunk extension of 200 kB",
         "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n1;a=" + std::string(200000, 'b') +
             "\r\n{\r\n0\r\n\r\n",
         open},
        {"R33 9 MB announced and sent",
         http("201 Created", both + std::string(9000000 - both.size(), ' ')), created},
        {"R33 9 MB announced, and less sent",
         "HTTP/1.1 201 Created\r\nContent-Length: 9000000\r\n\r\n" + both, open},
        {"R33 no length and no end", "HTTP/1.1 201 Created\r\n\r\n" + both + std::string(17 << 20, ' '),
         open},
        {"R33 a trailer",
         "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(both) +
             "0\r\nX-Field: x\r\nContent-Encoding: gzip\r\n\r\n",
         created},
        {"R33 a trailer that gives a length",
         "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk(both) +
             "0\r\nContent-Length: 3\r\n\r\n",
         open},
        {"R33 32 MiB announced",
         "HTTP/1.1 201 Created\r\nContent-Length: 33554432\r\n\r\n" + std::string(1 << 20, ' '), open},
        {"R34 a negative length", "HTTP/1.1 201 Created\r\nContent-Length: -1\r\n\r\n" + both, open},
        {"R34 two lengths", "HTTP/1.1 201 Created\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
         open},
        {"R34 a length and chunks",
         "HTTP/1.1 201 Created\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         open},
        {"R35 gzip", http("201 Created", both, "Content-Encoding: gzip\r\n"), open},
        {"R35 br", http("201 Created", both, "Content-Encoding: br\r\n"), open},
        {"R35 deflate", http("201 Created", both, "Content-Encoding: deflate\r\n"), open},
        {"R35 gzip twice", http("201 Created", both, "Content-Encoding: gzip, gzip\r\n"), open},
        {"R38 deep, and whole",
         http("201 Created", rows({row("i1", R"(,"x":)" + nested(100000)), row("i2")})), open},
        {"N7 a proxy wants to know us", http("407 Proxy Authentication Required", "<html>"), open},
        {"reset", std::nullopt, open},
    };
    const std::string whole = http("201 Created", both);
    for (std::size_t cut = 0; cut < whole.size(); ++cut)
        all.push_back({"R5 broken off", whole.substr(0, cut), open});
    return all;
}

/// One pass over a channel that is to be created, with that answer to the POST and nothing in the cloud.
struct Attempt {
    explicit Attempt(const Answer& answer)
        : wire([this, bytes = answer.bytes](const HttpRequest& request) { return reply(request, bytes); }
          ) {
        REQUIRE(wire.api);
        wire.clock.run(pass());
    }

    /// What the cloud shows from now on, and further passes over ten minutes of it.
    void go_on(bool there) {
        shown = there;
        for (int minute = 0; minute < 10; ++minute) {
            wire.clock.advance(60s);
            wire.clock.run(pass());
        }
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
        if (!shown) return http("200 OK", R"({"size":0,"total":0,"project_vpc_channels":[]})");
        const ChannelSpec spec = demo_spec();
        std::vector<std::string> list;
        for (const InstanceId& instance : spec.instance_ids) {
            list.push_back(
                R"({"id":"id-)" + instance + R"(","name":"VPC_demo","instance_id":")" + instance +
                "\"," + spec_to_json(spec).substr(1)
            );
        }
        std::string body = rows(list);
        body.insert(1, R"("size":2,"total":2,)");
        return http("200 OK", body);
    }
    Task<> pass() {
        Reconciler reconciler(*wire.api, store, wire.clock, wire.metrics, ReconcilerOptions());
        report = co_await reconciler.reconcile(key, snapshot_of(key, demo_spec()), std::nullopt);
    }
    std::optional<Phase> phase() const {
        const auto it = store.rows.find(key);
        return it == store.rows.end() ? std::nullopt : std::optional(it->second.phase);
    }

    const ChannelKey key{"default", "VPC_demo"};
    Killer killer;
    FakeStore store{killer};
    ScriptedApi wire;
    PassReport report;
    bool shown = false;
    int posts = 0, other_writes = 0;
};

TEST_CASE("every answer to a create leaves the row in the phase that fits it, after one request") {
    for (const Answer& answer : answers()) {
        CAPTURE(std::string(answer.name));
        CAPTURE(answer.bytes.value_or("").substr(0, 120));
        const Attempt attempt(answer);
        CHECK(attempt.posts == 1);
        CHECK(attempt.other_writes == 0);
        CHECK(attempt.wire.connects == 1);  // wherever a redirection points
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
            case Verdict::slowed:
                CHECK(phase == Phase::ambiguous);
                REQUIRE_MESSAGE(attempt.report.error, answer.name);
                CHECK(attempt.report.error->cls() == ErrorClass::throttled);
                break;
            case Verdict::exists:
                CHECK(phase == Phase::ambiguous);
                break;
        }
    }
}

TEST_CASE(
    "after an answer that leaves it open, looking decides: what is there is ours, after one request"
) {
    int open = 0;
    for (const Answer& answer : answers()) {
        if (answer.verdict != Verdict::open || std::string_view(answer.name) == "R5 broken off")
            continue;
        ++open;
        CAPTURE(std::string(answer.name));
        Attempt there(answer);
        there.go_on(true);
        CAPTURE(there.report.error ? there.report.error->what() : there.report.why);
        CHECK(there.phase() == Phase::ready);
        CHECK(there.store.rows.at(there.key).ids.size() == 2);
        CHECK(there.posts == 1);
        CHECK(there.other_writes == 0);
    }
    CHECK(open > 30);
    Attempt nothing_there(answers().at(1));  // no instance was told of
    nothing_there.go_on(false);
    CHECK(nothing_there.posts > 1);  // and only then it is asked for again
}

TEST_CASE("a create that was told to slow down is decided by the next look, without a further wait") {
    for (const bool done : {true, false}) {
        for (const Answer& answer : answers()) {
            if (answer.verdict != Verdict::slowed) continue;
            CAPTURE(done);
            CAPTURE(std::string(answer.name));
            Attempt attempt(answer);
            attempt.shown = done;
            attempt.wire.clock.advance(6s);
            attempt.wire.clock.run(attempt.pass());
            CHECK(attempt.phase() == (done ? Phase::ready : Phase::ambiguous));
            CHECK(attempt.posts == (done ? 1 : 2));
            CHECK(attempt.other_writes == 0);
        }
    }
}

}  // namespace
}  // namespace fairway
