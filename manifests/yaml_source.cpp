#include "manifests/yaml_source.hpp"

#include <algorithm>
#include <array>

#include "manifests/manifests.hpp"
#include "manifests/text.hpp"

namespace fairway {
namespace {

/// What must be right before a parser sees the bytes.
std::optional<Stop> check_bytes(std::string_view bytes) {
    if (bytes.size() > max_manifest_bytes) {
        return Stop{0, "", "larger than 1 MiB", "split the file"};
    }
    static constexpr std::array<std::string_view, 4> other_encodings{
        std::string_view("\xFF\xFE", 2), std::string_view("\xFE\xFF", 2),
        std::string_view("\0\0\xFE\xFF", 4), std::string_view("\0\0\0", 3)};
    for (const auto mark : other_encodings) {
        if (bytes.starts_with(mark))
            return Stop{0, "", "UTF-16 or UTF-32 text", "save the file as UTF-8"};
    }
    if (bytes.size() >= 2 && (bytes[0] == '\0') != (bytes[1] == '\0')) {
        return Stop{0, "", "UTF-16 or UTF-32 text", "save the file as UTF-8"};
    }
    std::size_t brackets =
        0;  // open ones in a row: a parser would descend, or at least look ahead, for each
    for (std::string_view rest = bytes; !rest.empty();) {
        const std::size_t offset = bytes.size() - rest.size();
        const auto c = take_code_point(rest);
        if (!c) return Stop{offset, "", "bytes that are not UTF-8", "save the file as UTF-8"};
        if (*c == '\r' && !rest.starts_with('\n')) {
            return Stop{offset, "", "a carriage return that ends no line", "end lines with LF or CR LF"};
        }
        if (is_control(*c) && *c != '\n' && *c != '\r' && *c != '\t') {
            return Stop{
                offset, "", "a control character", "leave it out, or write it as an escape in quotes"};
        }
        if (*c == '[' || *c == '{') {
            if (++brackets == 1000) {
                return Stop{offset, "", "nested more than 32 levels deep", "make it flatter"};
            }
        } else if (*c != ' ' && *c != '\n' && *c != '\r' && *c != '\t') {
            brackets = 0;
        }
    }
    return std::nullopt;
}

/// The first line that says something must not be a directive: it could change how the rest is read.
std::optional<Stop> check_directives(std::string_view bytes) {
    for (std::size_t start = 0; start < bytes.size();) {
        const std::size_t end = std::min(bytes.find('\n', start), bytes.size());
        const std::string_view line = bytes.substr(start, end - start);
        if (line.starts_with('%')) {
            return Stop{
                start, "", "directives are not supported", "leave the line out; YAML 1.2 is read"};
        }
        const std::size_t text = line.find_first_not_of(" \t\r");
        if (text != std::string_view::npos && line[text] != '#') return std::nullopt;
        start = end + 1;
    }
    return std::nullopt;
}

}  // namespace

Lines::Lines(std::string_view bytes) : bytes_(bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (bytes[i] == '\n') starts_.push_back(i + 1);
    }
}

Position Lines::at(std::size_t offset) const {
    offset = std::min(offset, bytes_.size());
    const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
    const std::size_t start = *std::prev(after);
    // Parsers go forward: counting on from the last place keeps a file of one long line linear.
    if (last_ < start || last_ > offset) {
        last_ = start;
        last_column_ = 1;
    }
    last_column_ += static_cast<int>(count_code_points(bytes_.substr(last_, offset - last_)));
    last_ = offset;
    return {static_cast<int>(after - starts_.begin()), last_column_};
}

std::optional<Stop> check_source(std::string_view bytes) {
    auto stop = check_bytes(bytes);
    return stop ? stop : check_directives(bytes);
}

bool quote_ends(std::string_view text) {
    const char mark = text.front();
    for (std::size_t i = 1; i < text.size(); ++i) {
        if (mark == '"' && text[i] == '\\') {
            ++i;
        } else if (text[i] == mark) {
            if (mark == '"' || i + 1 == text.size() || text[i + 1] != '\'') return true;
            ++i;
        }
    }
    return false;
}

bool is_indented_by_tab(std::string_view bytes, std::size_t offset) {
    const std::string_view before = bytes.substr(0, offset);
    const std::size_t end = before.rfind('\n');
    const std::string_view line = bytes.substr(end == std::string_view::npos ? 0 : end + 1);
    return line.substr(0, line.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
}

}  // namespace fairway
