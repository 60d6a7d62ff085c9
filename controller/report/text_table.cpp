#include "controller/report/text_table.hpp"

#include <algorithm>

#include "controller/codec/channel_json.hpp"

namespace fairway {

std::size_t width_of(std::string_view text) {
    std::size_t width = 0;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if ((byte & 0xC0U) != 0x80U) width += byte >= 0xE3U && byte <= 0xEDU ? 2 : 1;
    }
    return width;
}

std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
    std::string out;
    std::size_t column = indent;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        const std::string_view word = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (column > indent && column + 1 + width_of(word) > width) {
            out += "\n" + std::string(indent, ' ');
            column = indent;
        } else if (column > indent) {
            out += ' ';
            ++column;
        }
        out += word;
        column += width_of(word);
    }
    return out;
}

std::string table(const std::vector<Cells>& lines, std::size_t indent, std::size_t width) {
    std::vector<std::size_t> widths;
    for (const Cells& line : lines) {
        widths.resize(std::max(widths.size(), line.size()));
        for (std::size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], width_of(line[i]));
    }
    std::string text;
    for (const Cells& line : lines) {
        std::string row(indent, ' ');
        std::size_t column = indent;
        for (std::size_t i = 0; i < line.size(); ++i) {
            const bool last = i + 1 == line.size();
            row += last && width > 0 ? wrapped(line[i], column, width) : line[i];
            if (last) break;
            row += std::string(widths[i] - width_of(line[i]) + 2, ' ');
            column += widths[i] + 2;
        }
        row.erase(row.find_last_not_of(' ') + 1);
        text += row + "\n";
    }
    return text;
}

std::string age(WallTime then, WallTime now) {
    if (then == WallTime{}) return "never";
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - then).count();
    if (seconds < 120) return std::to_string(std::max<long long>(seconds, 0)) + "s";
    if (seconds < 7200) return std::to_string(seconds / 60) + "m";
    if (seconds < 172800) return std::to_string(seconds / 3600) + "h";
    return std::to_string(seconds / 86400) + "d";
}

std::string second_of(WallTime time) {
    return format_time(std::chrono::floor<std::chrono::seconds>(time));
}

}  // namespace fairway
