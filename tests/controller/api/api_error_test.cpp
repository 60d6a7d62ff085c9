#include <doctest/doctest.h>

#include <chrono>
#include <string>

#include "controller/api/api_error.hpp"

using namespace fairway;
using namespace std::chrono_literals;

namespace {

constexpr WallTime now = std::chrono::sys_days(std::chrono::year(2026) / 1 / 15) + 8h + 30min;

Error refused(int status, std::string_view code, bool write = true, std::string_view text = "") {
    Refusal refusal;
    refusal.write = write;
    refusal.status = status;
    refusal.error_code = code;
    refusal.error_msg = text;
    refusal.now = now;
    return api_error(refusal);
}

constexpr bool sure = false, unsure = true;

struct Case {
    int status;
    const char* code;
    ErrorClass cls;
    bool unsure_write;
};

}  // namespace

TEST_CASE("refusals are classed by code and status") {
    using enum ErrorClass;
    const auto& refusal_of = ::refused;
    const Case cases[] = {
        {400, "APIG.2000", terminal, sure},
        {400, "APIG.2001", terminal, sure},
        {400, "APIG.2012", terminal, sure},
        {400, "APIG.2048", terminal, sure},
        {400, "APIG.2108", retryable, sure},
        {400, "APIG.1201", terminal, sure},
        {400, "APIG.3208", conflict, sure},
        {400, "APIG.3309", conflict, sure},
        {400, "APIG.3330", conflict, sure},
        {400, "APIG.3710", conflict, sure},
        {401, "APIG.1000", auth, sure},
        {401, "APIG.1002", auth, sure},
        {401, "APIG.1009", auth, sure},
        {401, "APIG.1005", terminal, sure},
        {403, "APIG.1005", terminal, sure},
        {401, "APIG.1010", retryable, sure},
        {500, "APIG.1029", retryable, unsure},
        {401, "APIG.1011", terminal, sure},
        {401, "APIG.1012", terminal, sure},
        {401, "APIG.1013", terminal, sure},
        {403, "APIG.1020", terminal, sure},
        {403, "APIG.1113", terminal, sure},
        {403, "APIG.1136", terminal, sure},
        {403, "APIG.3100", quota, sure},
        {403, "APIG.3109", quota, sure},
        {403, "APIG.3110", quota, sure},
        {403, "APIG.3414", conflict, sure},
        {403, "APIG.3471", terminal, sure},
        {404, "APIG.3023", not_found, sure},
        {404, "APIG.3024", not_found, sure},
        {404, "APIG.3030", terminal, sure},
        {404, "APIG.3087", not_found, sure},
        {404, "APIG.3092", terminal, sure},
        {409, "APIG.3711", retryable, unsure},
        {409, "APIG.3718", retryable, unsure},
        {409, "APIG.3719", conflict, sure},
        {409, "APIC.7701", retryable, unsure},
        {409, "APIC.7712", terminal, unsure},
        {412, "APIG.3458", terminal, sure},
        {500, "APIG.3500", retryable, unsure},
        {500, "APIG.9004", retryable, unsure},
        {500, "APIG.9007", retryable, unsure},
        {500, "APIG.9008", throttled, unsure},
        {500, "APIG.9999", retryable, unsure},
        {500, "APIC.9999", retryable, unsure},
        {429, "APIG.0308", throttled, sure},
        {429, "APIGW.0308", throttled, sure},
        {429, "", throttled, sure},
        {429, "APIG.2000", throttled, sure},
        {413, "APIG.0201", terminal, sure},
        {494, "APIG.0201", terminal, sure},
        {500, "APIG.0201", retryable, unsure},
        {502, "APIG.0202", retryable, unsure},
        {504, "APIGW.0203", retryable, unsure},
        {401, "APIG.0301", auth, sure},
        {401, "APIGW.0301", auth, sure},
        {403, "APIGW.0302", terminal, sure},
        {401, "APIGW.0307", auth, sure},
        {404, "APIG.0101", terminal, sure},
        {503, "APIG.0613", retryable, unsure},
        {500, "ROMA.00011000", retryable, unsure},
        {401, "ROMA.00012000", auth, sure},
        {403, "ROMA.00012000", terminal, sure},
        {400, "ROMA.00013000", terminal, sure},
        {401, "401", auth, sure},  // IAM
        // unknown codes
        {400, "APIG.7777", terminal, sure},
        {404, "APIG.7777", not_found, sure},
        {409, "APIG.7777", conflict, unsure},
        {500, "APIG.7777", retryable, unsure},
        {403, "APIG.7777", terminal, sure},
        // without a code it is not the API that answers
        {301, "", terminal, unsure},
        {302, "", terminal, unsure},
        {307, "", terminal, unsure},
        {400, "", terminal, unsure},
        {401, "", auth, unsure},
        {404, "", terminal, unsure},
        {407, "", retryable, unsure},
        {408, "", retryable, unsure},
        {500, "", retryable, unsure},
        {502, "", retryable, unsure},
        {503, "", retryable, unsure},
        {504, "", retryable, unsure},
        {599, "", retryable, unsure},
    };
    for (const Case& at : cases) {
        CAPTURE(at.status);
        CAPTURE(at.code);
        const Error write = refusal_of(at.status, at.code, true, "");
        CHECK(to_string(write.cls()) == to_string(at.cls));
        CHECK(write.outcome_unknown() == at.unsure_write);
        CHECK_FALSE(refusal_of(at.status, at.code, false, "").outcome_unknown());
        CHECK(write.fault().http_status == at.status);
        CHECK(write.fault().error_code == at.code);
    }
}

TEST_CASE("reasons follow the words of the metric") {
    CHECK(refused(403, "APIG.3109").reason() == ErrorReason::quota);
    CHECK(refused(429, "").reason() == ErrorReason::throttled);
    CHECK(refused(401, "APIG.1002").reason() == ErrorReason::auth);
    CHECK(refused(403, "APIG.1005").reason() == ErrorReason::auth);
    CHECK(refused(400, "APIG.2000").reason() == ErrorReason::validation);
    CHECK(refused(400, "APIG.3208").reason() == ErrorReason::conflict);
    CHECK(refused(404, "APIG.3023").reason() == ErrorReason::not_found);
    CHECK(refused(500, "APIG.9999").reason() == ErrorReason::server);
}

TEST_CASE("a message has the status, the code, the text, the request and a way out") {
    Refusal refusal;
    refusal.write = true;
    refusal.status = 400;
    refusal.error_code = "APIG.2000";
    refusal.error_msg = "Parameter error: vpc_name_modifiable of the instance is on,id:eea7";
    refusal.request_id = "r-1";
    const Error error = api_error(refusal);
    CHECK(
        error.what() ==
        "400 APIG.2000: Parameter error: vpc_name_modifiable of the instance is on,id:eea7 (request "
        "r-1); set "
        "the feature vpc_name_modifiable of the instance to \"off\""
    );
    CHECK(error.fault().request_id == "r-1");
    CHECK(refused(502, "").what() == "502 without an error code");
}

TEST_CASE("the request that a refused signature quotes is not passed on") {
    const Error error = refused(
        401, "APIGW.0301", true,
        "Incorrect IAM authentication information: verify aksk signature fail, "
        "canonicalRequest:GET|/v2|x-secret:abc"
    );
    CHECK(error.what().find("verify aksk signature fail") != std::string::npos);
    CHECK(error.what().find("x-secret") == std::string::npos);
}

TEST_CASE("foreign text stays on one line and short") {
    CHECK(shown("plain") == "plain");
    CHECK(shown("a\nb\x1b[31m\x7f") == "a\\x0ab\\x1b[31m\\x7f");
    CHECK(shown("通道") == "通道");
    CHECK(shown("a\u202Eb\u0085c\u2028d") == "a?b?c?d");
    CHECK(shown(std::string(1000, 'x')).size() == 203);
    CHECK(shown("a\xff\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80z\xe9\x80") == "a??????????z??");
    CHECK(shown("\xf0\x9f\x98\x80 \xed\x9f\xbf") == "\xf0\x9f\x98\x80 \xed\x9f\xbf");
    CHECK(shown(std::string(100000, '\x80')).size() == 203);  // no character begins anywhere
    const std::string cut = shown("通通通", 4);
    CHECK(cut == "通通...");  // between characters
}

TEST_CASE("Retry-After is seconds or a date, within an hour") {
    struct Value {
        const char* text;
        std::optional<Duration> pause;
    };
    const Value values[] = {
        {"0", 0s},
        {"1", 1s},
        {"60", 60s},
        {" 7 ", 7s},
        {"007", 7s},
        {"3600", 1h},
        {"3601", 1h},
        {"86400", 1h},
        {"999999999", 1h},
        {"9999999999999999999999", 1h},
        {"Thu, 15 Jan 2026 08:30:30 GMT", 30s},
        {"Thu, 15 Jan 2026 08:30:00 GMT", 0s},
        {"Thu, 15 Jan 2026 08:00:00 GMT", 0s},
        {"Fri, 16 Jan 2026 08:30:00 GMT", 1h},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0s},
        {"Fri, 31 Dec 9999 23:59:59 GMT", 1h},
        {"", {}},
        {" ", {}},
        {"-1", {}},
        {"+1", {}},
        {"1.5", {}},
        {"1e3", {}},
        {"0x10", {}},
        {"soon", {}},
        {"1s", {}},
        {"1, 2", {}},
        {"1 2", {}},
        {"\t", {}},
        {"NaN", {}},
        {"inf", {}},
        {"１", {}},
        {"Thu, 15 Jan 2026 08:30:30", {}},
        {"Thu, 15 Jan 2026 08:30:30 UTC", {}},
        {"Thu, 32 Jan 2026 08:30:30 GMT", {}},
        {"Sun, 30 Feb 2026 08:30:30 GMT", {}},
        {"Thu, 15 Foo 2026 08:30:30 GMT", {}},
        {"Thu, 15 anF 2026 08:30:30 GMT", {}},
        {"Thu, 15 Jan 2026 24:30:30 GMT", {}},
        {"Thu, 15 Jan 2026 08:60:30 GMT", {}},
        {"Thu, -5 Jan 2026 08:30:30 GMT", {}},
        {"2026-01-15T08:30:30Z", {}},
        {"Thursday, 15-Jan-26 08:30:30 GMT", {}},
        {"Thu Jan 15 08:30:30 2026", {}},
    };
    for (const Value& value : values) {
        CAPTURE(value.text);
        CHECK(parse_retry_after(value.text, now) == value.pause);
        Refusal refusal;
        refusal.status = 429;
        refusal.retry_after = value.text;
        refusal.now = now;
        CHECK(api_error(refusal).retry_after() == value.pause);
    }
}

TEST_CASE("a pause is only asked for where waiting helps") {
    Refusal refusal;
    refusal.status = 400;
    refusal.error_code = "APIG.2000";
    refusal.retry_after = "5";
    CHECK_FALSE(api_error(refusal).retry_after());
    CHECK(refused(409, "APIG.3711").retry_after() == Duration(60s));
}

TEST_CASE("a wrong clock is told by how much") {
    CHECK(clock_skew("Thu, 15 Jan 2026 08:30:00 GMT", now + 59s).empty());
    CHECK(
        clock_skew("Thu, 15 Jan 2026 08:30:00 GMT", now + 1200s) ==
        "this machine's clock is 20 min ahead of the server's"
    );
    CHECK(
        clock_skew("Thu, 15 Jan 2026 08:30:00 GMT", now - 1200s) ==
        "this machine's clock is 20 min behind the server's"
    );
    CHECK(
        clock_skew("Thu, 15 Jan 2026 08:30:00 GMT", now - 2h) ==
        "this machine's clock is 2 h behind the server's"
    );
    CHECK(clock_skew("", now).empty());
    CHECK(clock_skew("nonsense", now).empty());
}
