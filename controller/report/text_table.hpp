#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/time.hpp"

namespace fairway {

using Cells = std::vector<std::string>;

/// How wide text for people may be.
inline constexpr std::size_t text_width = 100;

/// How wide a text stands on a terminal: an ideograph takes two columns.
std::size_t width_of(std::string_view text);

/// Columns as wide as their widest cell, two blanks apart; the last one is not padded.
/// `indent`: blanks before each line. `width`: where the last column is broken between words and goes on
/// below itself; 0: never.
std::string table(const std::vector<Cells>& lines, std::size_t indent = 0, std::size_t width = 0);

/// `text` in lines of at most `text_width`, broken between words; the lines after the first begin with
/// `indent` blanks, and the first one is taken to stand behind as many.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width = text_width);

/// How long ago, roughly: "45s", "12m", "7h", "3d"; "never" for no time at all.
std::string age(WallTime then, WallTime now);

/// To the second, in UTC.
std::string second_of(WallTime time);

}  // namespace fairway
