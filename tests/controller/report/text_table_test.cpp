#include "controller/report/text_table.hpp"

#include <doctest/doctest.h>

namespace fairway {
namespace {

using namespace std::chrono_literals;

TEST_CASE("columns are as wide as their widest cell, ideographs counted twice") {
    CHECK(table({{"A", "B"}, {"long", "x"}, {"频道", ""}}) == "A     B\nlong  x\n频道\n");
    CHECK(table({{"A", "B"}}, 2) == "  A  B\n");
}

TEST_CASE("a long last column goes on below itself") {
    CHECK(
        table({{"A", "one two three"}, {"bb", "four"}}, 0, 11) == "A   one two\n    three\nbb  four\n"
    );
    CHECK(table({{"A", "one two three"}}, 0, 0) == "A  one two three\n");
}

TEST_CASE("text is broken between words, and a word that is too long stays whole") {
    CHECK(wrapped("one two three", 2, 9) == "one two\n  three");
    CHECK(wrapped("", 2, 9).empty());
    CHECK(wrapped("an-endless-word x", 0, 5) == "an-endless-word\nx");
}

TEST_CASE("an age is rough, and never in the future") {
    const WallTime now = WallTime(1000h);
    CHECK(age(WallTime{}, now) == "never");
    CHECK(age(now + 5s, now) == "0s");
    CHECK(age(now - 119s, now) == "119s");
    CHECK(age(now - 3min, now) == "3m");
    CHECK(age(now - 5h, now) == "5h");
    CHECK(age(now - 49h, now) == "2d");
}

}  // namespace
}  // namespace fairway
