#include "controller/report/plain_text.hpp"

#include <doctest/doctest.h>

namespace fairway {
namespace {

TEST_CASE("what a terminal would obey, turn around or not understand is written out") {
    CHECK(plain("a\x1b[31m\nb\x7f\r") == "a\\x1b[31m\\x0ab\\x7f\\x0d");
    CHECK(plain(std::string_view("\0", 1)) == "\\x00");
    CHECK(plain("\xc2\x9b[2J") == "\\xc2\\x9b[2J");             // a control in one character
    CHECK(plain("\xe2\x80\xae txt") == "\\xe2\\x80\\xae txt");  // right to left from here
    for (const char* bad : {"\xff", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf8\x88\x80\x80\x80"}) {
        CAPTURE(bad);
        CHECK(plain(bad).starts_with("\\x"));
        CHECK(plain(std::string(bad) + "a").ends_with("a"));
    }
}

TEST_CASE("what is readable stays as it is") {
    const std::string text = "b\u00fccher, \u8bf4\u660e, \U0001f600 and \\x1b";
    CHECK(plain(text) == text);
    CHECK(plain(plain("\x1b")) == plain("\x1b"));
    CHECK(plain("").empty());
}

}  // namespace
}  // namespace fairway
