#include "manifests/text.hpp"

#include <doctest/doctest.h>

#include <array>

namespace fairway {
namespace {

TEST_CASE("code points are counted, not bytes") {
    CHECK(count_code_points("") == 0);
    CHECK(count_code_points("abc") == 3);
    CHECK(count_code_points("网关") == 2);
    CHECK(count_code_points("\U00020000") == 1);
    CHECK(count_code_points("\xFF\xFE") == 2);
}

TEST_CASE("only well-formed UTF-8 is a code point") {
    for (std::string_view bad :
         {"\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80",
          "\xE4\xB8", "\xC2"}) {
        const auto before = bad;
        CHECK_FALSE(take_code_point(bad));
        CHECK(bad == before);
    }
    std::string_view last = "\xF4\x8F\xBF\xBD";
    CHECK(take_code_point(last) == 0x10FFFDu);
    CHECK(last.empty());
}

TEST_CASE("a quoted text fits on one line and cannot disguise itself") {
    CHECK(quote("abc") == "\"abc\"");
    CHECK(quote("a\"b\\c") == "\"a\\\"b\\\\c\"");
    CHECK(quote("a\nb\x1b") == "\"a\\nb\\u001b\"");
    CHECK(quote("\u202Eabc") == "\"\\u202eabc\"");
    CHECK(quote("\xFF") == "\"\\xff\"");
    CHECK(quote("网关") == "\"网关\"");
    CHECK(quote(std::string(100, 'x')) == '"' + std::string(60, 'x') + "...\"");
}

TEST_CASE("the word that was meant is found, and none where none is near") {
    const std::array<std::string_view, 4> words{"member_groups", "members", "port", "balance_strategy"};
    CHECK(closest("prot", words) == "port");
    CHECK(closest("Port", words) == "port");
    CHECK(closest("port ", words) == "port");
    CHECK(closest("memberGroups", words) == "member_groups");
    CHECK(closest("member-groups", words) == "member_groups");
    CHECK(closest("balance_stategy", words) == "balance_strategy");
    CHECK(closest("memebrs", words) == "members");
    CHECK(closest("weight", words).empty());
    CHECK(closest("", words).empty());
    CHECK(closest(std::string(100'000, 'x'), words).empty());
}

TEST_CASE("words are listed as a person would") {
    CHECK(either(std::array<std::string_view, 1>{"a"}) == "a");
    CHECK(either(std::array<std::string_view, 2>{"a", "b"}) == "a or b");
    CHECK(either(std::array<std::string_view, 3>{"a", "b", "c"}) == "a, b or c");
}

}  // namespace
}  // namespace fairway
