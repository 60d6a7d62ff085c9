#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace fairway {

/// What a plain (unquoted) scalar is in YAML 1.2's core schema.
enum class ScalarType { null, boolean, integer, real, text };

/// `yes`, `on`, `1_0`, `0b1`, `12:30` and dates are text; `true`, `True` and `TRUE` are booleans.
ScalarType scalar_type(std::string_view plain);

/// The value of an integer scalar: decimal, 0o or 0x, with a sign where the core schema has one; the
/// nearest number of 64 bits for one that is larger.
std::int64_t integer_value(std::string_view plain);

/// Whether a decimal integer starts with a zero that YAML 1.1 would take for octal: `022` is 22 to one
/// reader and 18 to another.
bool has_leading_zero(std::string_view plain);

}  // namespace fairway
