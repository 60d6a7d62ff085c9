#include "manifests/yaml_scalar.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace fairway {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_hex_digit(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

template <std::size_t N>
bool is_one_of(std::string_view text, const std::array<std::string_view, N>& words) {
    return std::find(words.begin(), words.end(), text) != words.end();
}

bool take_sign(std::string_view& text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    return negative;
}

std::size_t take_digits(std::string_view& text) {
    const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
    const auto count = static_cast<std::size_t>(end - text.begin());
    text.remove_prefix(count);
    return count;
}

bool all(std::string_view text, bool (*fits)(char)) {
    return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

bool is_integer(std::string_view text) {
    if (text.starts_with("0x")) return all(text.substr(2), is_hex_digit);
    if (text.starts_with("0o")) return all(text.substr(2), [](char c) { return c >= '0' && c <= '7'; });
    take_sign(text);
    return all(text, is_digit);
}

bool is_real(std::string_view text) {
    static constexpr std::array<std::string_view, 3> not_a_number{".nan", ".NaN", ".NAN"};
    static constexpr std::array<std::string_view, 3> infinite{".inf", ".Inf", ".INF"};
    if (is_one_of(text, not_a_number)) return true;
    take_sign(text);
    if (is_one_of(text, infinite)) return true;
    std::size_t digits = take_digits(text);
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        digits += take_digits(text);
    }
    if (digits == 0) return false;
    if (text.starts_with('e') || text.starts_with('E')) {
        text.remove_prefix(1);
        take_sign(text);
        if (take_digits(text) == 0) return false;
    }
    return text.empty();
}

}  // namespace

ScalarType scalar_type(std::string_view plain) {
    static constexpr std::array<std::string_view, 5> nulls{"", "~", "null", "Null", "NULL"};
    static constexpr std::array<std::string_view, 6> booleans{"true",  "True",  "TRUE",
                                                              "false", "False", "FALSE"};
    if (is_one_of(plain, nulls)) return ScalarType::null;
    if (is_one_of(plain, booleans)) return ScalarType::boolean;
    if (is_integer(plain)) return ScalarType::integer;
    if (is_real(plain)) return ScalarType::real;
    return ScalarType::text;
}

std::int64_t integer_value(std::string_view plain) {
    int base = 10;
    if (plain.starts_with("0x")) base = 16;
    if (plain.starts_with("0o")) base = 8;
    if (base != 10) plain.remove_prefix(2);
    const bool negative = base == 10 && take_sign(plain);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), value, base);
    if (error != std::errc()) value = std::numeric_limits<std::int64_t>::max();
    return negative ? -value : value;
}

bool has_leading_zero(std::string_view plain) {
    take_sign(plain);
    return plain.size() > 1 && plain[0] == '0' && is_digit(plain[1]);
}

}  // namespace fairway
