#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "manifests/yaml_reader.hpp"

namespace fairway {

using TextLines = std::vector<std::string>;

/// The lines of one document, and which of them begin or end within a text that goes over several.
class DocumentLines {
public:
    /// `root` is what was read of just these lines.
    DocumentLines(TextLines lines, const YamlNode& root);

    /// Whether the lines may be moved at all: no text says by itself how far it is indented.
    bool movable() const { return movable_; }
    std::size_t size() const { return lines_.size(); }
    const std::string& operator[](std::size_t line) const { return lines_[line]; }
    /// Neither of them within a text.
    bool is_blank(std::size_t line) const;
    bool is_comment(std::size_t line) const;
    std::size_t indent(std::size_t line) const;
    /// The character at a position, or 0.
    char at(Position position) const;

    /// Goes back from `end` over blank lines, and over comments that are not indented further than
    /// `column`, but not beyond `begin`.
    std::size_t before_comments(std::size_t begin, std::size_t end, std::size_t column) const;
    /// The line, without blanks at its end, its beginning at `from` put to the column `to`; nothing
    /// where there is something else in the way.
    std::optional<std::string> moved(std::size_t line, std::size_t from, std::size_t to) const;

    /// The line from the column `from` on, put to the column `to`, whatever stands before it.
    std::string cut(std::size_t line, std::size_t from, std::size_t to) const;

private:
    void mark(const YamlNode& node, std::size_t holder_column);
    void mark_block(std::size_t line, std::size_t holder_column);
    void mark_quoted(Position at);
    std::size_t byte_of(Position position) const;

    TextLines lines_;
    std::vector<bool> begins_inside_, ends_inside_;
    bool movable_ = true;
};

}  // namespace fairway
