#include "controller/log/log.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <cmath>
#include <cstdio>
#include <limits>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace fairway;
using namespace std::chrono_literals;

namespace {

WallTime noon() {
    using namespace std::chrono;
    return sys_days(2026y / July / 1d) + 12h + 5ms + 999us;
}

LogOptions options(LogFormat format, LogLevel level = LogLevel::debug) {
    LogOptions result;
    result.format = format;
    result.level = level;
    result.now = noon;
    return result;
}

/// The one line that `say` leaves.
template <class Say>
std::string line_of(LogFormat format, Say say) {
    std::ostringstream out;
    Log log(options(format), out);
    say(log);
    std::string text = out.str();
    REQUIRE(!text.empty());
    REQUIRE(text.back() == '\n');
    text.pop_back();
    CHECK(text.find('\n') == std::string::npos);
    return text;
}

rapidjson::Document parsed(const std::string& line) {
    rapidjson::Document document;
    document.Parse<rapidjson::kParseValidateEncodingFlag>(line.data(), line.size());
    CAPTURE(line);
    REQUIRE_FALSE(document.HasParseError());
    REQUIRE(document.IsObject());
    return document;
}

}  // namespace

TEST_CASE("a logfmt line has time, level, message and facts in the order given") {
    const std::string line = line_of(LogFormat::logfmt, [](Log& log) {
        const std::string name = "VPC_demo";
        log.info("channel created", {{"project", "default"}, {"name", name}, {"instances", 2}});
    });
    CHECK(
        line ==
        "time=2026-07-01T12:00:00.005Z level=info msg=\"channel created\" project=default name=VPC_demo "
        "instances=2"
    );
}

TEST_CASE("every kind of value has one form in logfmt") {
    const std::string line = line_of(LogFormat::logfmt, [](Log& log) {
        log.warn(
            "m", {{"text", std::string_view("a b")},
                  {"empty", ""},
                  {"negative", -3L},
                  {"big", std::numeric_limits<std::uint64_t>::max()},
                  {"real", 0.25},
                  {"yes", true},
                  {"zero", 0s},
                  {"us", 340us},
                  {"ms", 1500us},
                  {"s", 90s}}
        );
    });
    CHECK(
        line ==
        "time=2026-07-01T12:00:00.005Z level=warn msg=\"m\" text=\"a b\" empty=\"\" negative=-3 "
        "big=18446744073709551615 real=0.25 yes=true zero=0s us=340us ms=1.5ms s=90s"
    );
}

TEST_CASE("every kind of value has its own type in JSON") {
    const auto line = parsed(line_of(LogFormat::json, [](Log& log) {
        log.error(
            "it failed", {{"text", "a \"b\" \\ c"},
                          {"whole", -3},
                          {"natural", std::size_t{7}},
                          {"real", 0.5},
                          {"no", false},
                          {"took", 1500ms},
                          {"nan", std::nan("")}}
        );
    }));
    CHECK(std::string(line["time"].GetString()) == "2026-07-01T12:00:00.005Z");
    CHECK(std::string(line["level"].GetString()) == "error");
    CHECK(std::string(line["msg"].GetString()) == "it failed");
    CHECK(std::string(line["text"].GetString()) == "a \"b\" \\ c");
    CHECK(line["whole"].GetInt() == -3);
    CHECK(line["natural"].GetUint64() == 7);
    CHECK(line["real"].GetDouble() == 0.5);
    CHECK(line["no"].IsFalse());
    CHECK(line["took"].GetDouble() == 1.5);
    CHECK(line["nan"].IsNull());
}

TEST_CASE("what could break a line or a terminal is escaped in both formats") {
    const std::string hostile = std::string("a\nlevel=error msg=\"forged\"\r\t\x1b[31m\x7f") +
                                "\xc2\x9b" + "\xe2\x80\xae" + '\0';
    const std::string logfmt = line_of(LogFormat::logfmt, [&](Log& log) {
        log.info("m", {{"name", hostile}});
    });
    CHECK(
        logfmt.substr(logfmt.find("name=")) ==
        R"(name="a\nlevel=error msg=\"forged\"\r\t\u001b[31m\u007f\u009b\u202e\u0000")"
    );
    const std::string json = line_of(LogFormat::json, [&](Log& log) {
        log.info("m", {{"name", hostile}});
    });
    CHECK(json.find('\x1b') == std::string::npos);
    const auto document = parsed(json);
    CHECK(std::string(document["name"].GetString(), document["name"].GetStringLength()) == hostile);
}

TEST_CASE("invalid UTF-8 becomes replacement characters, valid UTF-8 stays") {
    const std::string broken =
        "gr\xc3\xbc\xc3\x9f \xe4\xb8\xad \xf0\x9f\x8e\x89 \xff\xc3 \xed\xa0\x80 \xc0\xaf";
    const auto document = parsed(line_of(LogFormat::json, [&](Log& log) {
        log.info("m", {{"v", broken}});
    }));
    const std::string bad = "\xef\xbf\xbd";
    CHECK(
        document["v"].GetString() == "gr\xc3\xbc\xc3\x9f \xe4\xb8\xad \xf0\x9f\x8e\x89 " + bad + bad +
                                         " " + bad + bad + bad + " " + bad + bad
    );
}

TEST_CASE("a long value is cut, not within a character, and says how long it was") {
    std::ostringstream out;
    LogOptions short_values = options(LogFormat::json);
    short_values.max_value = 4;
    Log log(std::move(short_values), out);
    log.info(
        "m", {{"v",
               "abc\xc3\xbc"
               "def"}}
    );
    const auto document = parsed(out.str());
    CHECK(document["v"].GetString() == std::string("abc... (8 bytes)"));
}

TEST_CASE("a level that is off says nothing and formats nothing") {
    std::ostringstream out;
    LogOptions quiet = options(LogFormat::logfmt, LogLevel::warn);
    int asked = 0;
    quiet.now = [&] { return ++asked, noon(); };
    Log log(std::move(quiet), out);
    log.debug("d");
    log.info("i", {{"a", 1}});
    CHECK(out.str().empty());
    CHECK(asked == 0);
    CHECK_FALSE(log.on(LogLevel::info));

    log.set_level(LogLevel::debug);
    log.debug("d");
    CHECK(asked == 1);
    Log mute = Log::mute();
    CHECK_FALSE(mute.on(LogLevel::error));
    mute.error("nobody hears it");
}

TEST_CASE("the journal's priority comes first when asked for") {
    std::ostringstream out;
    LogOptions journal = options(LogFormat::logfmt);
    journal.priority_prefix = true;
    Log log(std::move(journal), out);
    log.debug("d");
    log.info("i");
    log.warn("w");
    log.error("e");
    std::istringstream lines(out.str());
    for (const char* prefix : {"<7>time=", "<6>time=", "<4>time=", "<3>time="}) {
        std::string line;
        REQUIRE(std::getline(lines, line));
        CHECK(line.starts_with(prefix));
    }
}

TEST_CASE("lines of several threads stay whole") {
    std::FILE* file = std::tmpfile();
    REQUIRE(file != nullptr);
    {
        Log log(options(LogFormat::json), file);
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&log, t] {
                for (int i = 0; i < 100; ++i) log.info("line", {{"thread", t}, {"i", i}});
            });
        }
        for (auto& thread : threads) thread.join();
    }
    std::rewind(file);
    int lines = 0;
    for (char text[512]; std::fgets(text, sizeof text, file) != nullptr; ++lines) parsed(text);
    CHECK(lines == 400);
    std::fclose(file);
}

TEST_CASE("a stream that cannot be written to does not stop the program") {
    std::FILE* full = std::fopen("/dev/full", "w");
    REQUIRE(full != nullptr);
    Log log(options(LogFormat::logfmt), full);
    log.info("lost");
    log.info("lost as well");
    CHECK(std::ferror(full) != 0);
    std::fclose(full);
}

TEST_CASE("levels and formats are found by their names") {
    CHECK(parse_log_level("warn") == LogLevel::warn);
    CHECK(parse_log_level("off") == LogLevel::off);
    CHECK_FALSE(parse_log_level("WARN"));
    CHECK(parse_log_format("json") == LogFormat::json);
    CHECK_FALSE(parse_log_format("xml"));
}
