#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace fairway {

/// Takes the first code point off `rest`; nothing when it is empty or not well-formed UTF-8, and then
/// `rest` stays as it is.
std::optional<char32_t> take_code_point(std::string_view& rest);

/// How many characters a reader counts. A byte that is not UTF-8 counts as one.
std::size_t count_code_points(std::string_view text);

/// Controls (C0, DEL, C1), the byte order mark and noncharacters: what no manifest needs and what makes
/// a line look other than it is. A tab and a line end are controls too.
bool is_control(char32_t c);

/// `text` in double quotes, fit for one line of a message: controls and bad bytes escaped, cut short
/// after 60 characters.
std::string quote(std::string_view text);

/// The one of `words` that was most likely meant by `word`; empty when none is near.
std::string_view closest(std::string_view word, std::span<const std::string_view> words);

/// "a", "a or b", "a, b or c".
std::string either(std::span<const std::string_view> words);

/// Latin letters in lower case, everything else unchanged.
std::string lower_case(std::string_view text);

}  // namespace fairway
