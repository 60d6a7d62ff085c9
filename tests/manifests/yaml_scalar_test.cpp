#include "manifests/yaml_scalar.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace fairway {
namespace {

TEST_CASE("plain scalars are what YAML 1.2's core schema says") {
    for (const auto* text : {"", "~", "null", "Null", "NULL"})
        CHECK(scalar_type(text) == ScalarType::null);
    for (const auto* text : {"true", "True", "TRUE", "false", "False", "FALSE"}) {
        CHECK(scalar_type(text) == ScalarType::boolean);
    }
    for (const auto* text : {"0", "22", "-1", "+22", "022", "0o22", "0x16", "0xfF"}) {
        CHECK(scalar_type(text) == ScalarType::integer);
    }
    for (const auto* text :
         {"22.0", "1e3", "1E-3", ".5", "5.", "-.5", ".inf", "-.INF", "+.Inf", ".nan"}) {
        CHECK(scalar_type(text) == ScalarType::real);
    }
    for (const auto* text :
         {"yes", "no", "on", "off",   "y",          "1_0",  "0b1",  "0o8", "0xg", "0x",  "+",   "-",
          ".",   "e3", "1e", "12:30", "2026-01-01", "nULL", "tRUE", "1 2", "NaN", "inf", "-0x1"}) {
        CAPTURE(text);
        CHECK(scalar_type(text) == ScalarType::text);
    }
}

TEST_CASE("integers have their value, and the nearest one where they are too large") {
    CHECK(integer_value("22") == 22);
    CHECK(integer_value("+22") == 22);
    CHECK(integer_value("-22") == -22);
    CHECK(integer_value("0x16") == 22);
    CHECK(integer_value("0o26") == 22);
    CHECK(integer_value("100000000000000000000") == std::numeric_limits<std::int64_t>::max());
    CHECK(integer_value("-100000000000000000000") < 0);
}

TEST_CASE("a leading zero is noticed") {
    CHECK(has_leading_zero("022"));
    CHECK(has_leading_zero("-01"));
    CHECK(has_leading_zero("00"));
    CHECK_FALSE(has_leading_zero("0"));
    CHECK_FALSE(has_leading_zero("0o22"));
    CHECK_FALSE(has_leading_zero("10"));
}

}  // namespace
}  // namespace fairway
