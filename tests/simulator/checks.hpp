#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tests/simulator/http.hpp"

/// The small checks that all validation is made of. Each throws a Refusal.
namespace apic_simulator::checks {

[[noreturn]] void missing(std::string_view field, std::string_view code = "APIG.2001");
[[noreturn]] void invalid(std::string_view field);

void present(const std::optional<std::string>& text, std::string_view field);
void within(
    const std::optional<std::int64_t>& number, std::int64_t low, std::int64_t high,
    std::string_view field
);
void port(const std::optional<std::int64_t>& number, std::int64_t low, std::string_view field);
/// At most `most` characters, APIG.2006.
void not_longer(const std::optional<std::string>& text, std::size_t most, std::string_view field);
/// A letter or an ideograph, then letters, digits, ideographs, `-`, `_` and perhaps `.`.
void name(
    std::string_view text, std::size_t least, std::size_t most, bool period, std::string_view field
);
/// `least` to `most` characters (APIG.2007), all of them letters, digits or in `others` (APIG.2012).
void plain(
    std::string_view text, std::size_t least, std::size_t most, std::u32string_view others,
    bool ideographs, std::string_view field
);
void label(const std::optional<std::string>& text, std::string_view field);
void host(std::string_view text, std::size_t most, std::string_view field);
void http_codes(std::string_view text, std::string_view field);

}  // namespace apic_simulator::checks
