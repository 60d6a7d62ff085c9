#pragma once

#include <string>
#include <string_view>

#include "tests/simulator/model.hpp"

namespace apic_simulator {

/// The code points of UTF-8 text; the API counts characters, not bytes.
std::u32string code_points(std::string_view utf8);
bool is_ideograph(char32_t c);
bool is_letter(char32_t c);
bool is_digit(char32_t c);

std::string lower_case(std::string_view ascii);
std::string upper_case(std::string_view ascii);
/// Whether `text` fits `pattern`, where `*` stands for any characters and `?` for one byte.
bool matches_glob(std::string_view pattern, std::string_view text);

/// RFC 3339 in UTC; with a fraction that has no trailing zeros, or without one.
std::string rfc3339(WallTime time, bool with_fraction);
/// As IAM writes times: always six digits of a fraction.
std::string iam_time(WallTime time);
/// As HTTP writes times: `Sun, 06 Nov 1994 08:49:37 GMT`.
std::string http_time(WallTime time);
/// A time in the form `20260115T083000Z`. False when it is none.
bool parse_basic_time(std::string_view text, WallTime& time);

}  // namespace apic_simulator
