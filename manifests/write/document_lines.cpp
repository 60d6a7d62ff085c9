#include "manifests/write/document_lines.hpp"

#include <algorithm>
#include <string_view>

#include "manifests/text.hpp"

namespace fairway {
namespace {

std::size_t leading_blanks(const std::string& line) {
    return std::min(line.find_first_not_of(' '), line.size());
}

void strip_end(std::string& line) {
    line.resize(line.find_last_not_of(" \t") + 1);
}

}  // namespace

DocumentLines::DocumentLines(TextLines lines, const YamlNode& root)
    : lines_(std::move(lines)), begins_inside_(lines_.size()), ends_inside_(lines_.size()) {
    mark(root, 0);
}

bool DocumentLines::is_blank(std::size_t line) const {
    return !begins_inside_[line] && lines_[line].find_first_not_of(" \t") == std::string::npos;
}

bool DocumentLines::is_comment(std::size_t line) const {
    const std::size_t first = lines_[line].find_first_not_of(" \t");
    return !begins_inside_[line] && first != std::string::npos && lines_[line][first] == '#';
}

std::size_t DocumentLines::indent(std::size_t line) const {
    return leading_blanks(lines_[line]);
}

std::size_t DocumentLines::byte_of(Position position) const {
    std::string_view rest = lines_[static_cast<std::size_t>(position.line - 1)];
    const std::size_t whole = rest.size();
    for (int column = 1; column < position.column && !rest.empty(); ++column) {
        if (!take_code_point(rest)) rest.remove_prefix(1);
    }
    return whole - rest.size();
}

char DocumentLines::at(Position position) const {
    if (position.line < 1 || static_cast<std::size_t>(position.line) > lines_.size()) return 0;
    const std::string& line = lines_[static_cast<std::size_t>(position.line - 1)];
    const std::size_t byte = byte_of(position);
    return byte < line.size() ? line[byte] : '\0';
}

void DocumentLines::mark(const YamlNode& node, std::size_t holder_column) {
    for (const YamlEntry& entry : node.entries) {
        mark(entry.value, static_cast<std::size_t>(entry.key_at.column - 1));
    }
    for (const YamlNode& item : node.items) mark(item, static_cast<std::size_t>(node.at.column - 1));
    if (node.kind != YamlNode::Kind::scalar || !node.quoted) return;
    const char first = at(node.at);
    if (first == '"' || first == '\'') mark_quoted(node.at);
    if (first != '|' && first != '>') return;
    const std::string& line = lines_[static_cast<std::size_t>(node.at.line - 1)];
    std::string_view header = std::string_view(line).substr(byte_of(node.at) + 1);
    header = header.substr(0, header.find('#'));
    // How far it is indented, or how many empty lines end it, is part of what it says.
    if (header.find_first_of("+123456789") != std::string_view::npos) movable_ = false;
    mark_block(static_cast<std::size_t>(node.at.line), holder_column);
}

void DocumentLines::mark_block(std::size_t line, std::size_t holder_column) {
    std::size_t end = line;
    for (std::size_t i = line; i < lines_.size(); ++i) {
        const bool empty = lines_[i].find_first_not_of(' ') == std::string::npos;
        if (!empty && leading_blanks(lines_[i]) <= holder_column) break;
        if (!empty) end = i + 1;
    }
    for (std::size_t i = line; i < end; ++i) begins_inside_[i] = ends_inside_[i] = true;
}

void DocumentLines::mark_quoted(Position at) {
    auto line = static_cast<std::size_t>(at.line - 1);
    std::size_t byte = byte_of(at);
    const char mark = lines_[line][byte++];
    for (;; ++byte) {
        while (byte >= lines_[line].size()) {
            if (line + 1 == lines_.size()) return;
            ends_inside_[line] = true;
            begins_inside_[++line] = true;
            byte = 0;
        }
        const char c = lines_[line][byte];
        if (c == '\\' && mark == '"') {
            ++byte;
        } else if (c == mark) {
            const bool twice = byte + 1 < lines_[line].size() && lines_[line][byte + 1] == mark;
            if (mark == '"' || !twice) return;
            ++byte;
        }
    }
}

std::size_t DocumentLines::before_comments(std::size_t begin, std::size_t end, std::size_t column)
    const {
    while (end > begin && (is_blank(end - 1) || (is_comment(end - 1) && indent(end - 1) <= column)))
        --end;
    return end;
}

std::string DocumentLines::cut(std::size_t line, std::size_t from, std::size_t to) const {
    std::string text = std::string(to, ' ') + lines_[line].substr(std::min(from, lines_[line].size()));
    if (!ends_inside_[line]) strip_end(text);
    return text;
}

std::optional<std::string> DocumentLines::moved(std::size_t line, std::size_t from, std::size_t to)
    const {
    std::string text = lines_[line];
    if (text.find_first_not_of(' ') == std::string::npos) {
        if (!begins_inside_[line] || text.size() <= from) return std::string();
    }
    if (to >= from) {
        text.insert(0, to - from, ' ');
    } else if (leading_blanks(text) >= from - to) {
        text.erase(0, from - to);
    } else {
        return std::nullopt;
    }
    if (!ends_inside_[line]) strip_end(text);
    return text;
}

}  // namespace fairway
