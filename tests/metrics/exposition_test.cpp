#include "metrics/exposition.hpp"

#include <doctest/doctest.h>

using namespace fairway;

TEST_CASE("a label value keeps its meaning whatever it contains") {
    std::string page;
    append_label(page, "name", "a\"b\\c\nd\xffz");
    CHECK(page == "name=\"a\\\"b\\\\c\\nd\xef\xbf\xbdz\"");
}

TEST_CASE("valid UTF-8 stays and everything else is replaced byte by byte") {
    const std::string good = "gr\xc3\xbc\xc3\x9f \xe4\xb8\xad \xf0\x9f\x8e\x89";
    CHECK(valid_utf8(good) == good);
    const std::string bad = "\xef\xbf\xbd";
    CHECK(valid_utf8("\xc0\xaf") == bad + bad);
    CHECK(valid_utf8("\xed\xa0\x80") == bad + bad + bad);
    CHECK(valid_utf8("\xf4\x90\x80\x80") == bad + bad + bad + bad);
    CHECK(valid_utf8("\xe4\xb8") == bad + bad);
    CHECK(valid_utf8("").empty());
}
