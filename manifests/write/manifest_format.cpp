#include "manifests/write/manifest_format.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <tuple>

#include "manifests/document.hpp"
#include "manifests/manifests.hpp"
#include "manifests/write/document_lines.hpp"
#include "manifests/yaml_reader.hpp"

namespace fairway {
namespace {

constexpr std::size_t step = 2;

TextLines split_lines(std::string_view text) {
    TextLines lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string line(text.substr(0, end));
        if (line.ends_with('\r')) line.pop_back();
        lines.push_back(std::move(line));
        text.remove_prefix(std::min(text.size(), end + 1));
    }
    return lines;
}

std::string joined(const TextLines& lines) {
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
}

/// One blank line at most where they meet.
void append(TextLines& to, TextLines from) {
    const bool two = !to.empty() && !from.empty() && to.back().empty() && from.front().empty();
    std::move(from.begin() + (two ? 1 : 0), from.end(), std::back_inserter(to));
}

/// Puts the lines of one document in order. Each function gives nothing where the lines are laid out in
/// a way that it does not know: then they stay together as they are.
class DocumentFormatter {
public:
    DocumentFormatter(const DocumentLines& lines, const KeyOrder& order)
        : lines_(lines), order_(order) {}

    std::optional<TextLines> run(const YamlNode& root) const {
        if (root.kind != YamlNode::Kind::mapping || !is_block(root)) return std::nullopt;
        const auto first = static_cast<std::size_t>(root.entries.front().key_at.line - 1);
        // What stands above all keys is about the file.
        auto out = comments(0, first, 0, true);
        if (!out) return std::nullopt;
        auto body = mapping(root, "", {first, lines_.size(), 0, 0}, !out->empty());
        if (!body) return std::nullopt;
        append(*out, std::move(*body));
        return out;
    }

private:
    /// Lines, and the column that their mapping or list has and is to have.
    struct Part {
        std::size_t begin, end, from, to;
    };
    struct Piece {
        std::size_t rank, index;  // the index keeps what has no rank in its order
        TextLines comments, body;
    };

    static std::size_t line_of(Position at) { return static_cast<std::size_t>(at.line - 1); }
    static std::size_t column_of(Position at) { return static_cast<std::size_t>(at.column - 1); }

    bool is_block(const YamlNode& node) const {
        const char first = lines_.at(node.at);
        if (node.kind == YamlNode::Kind::sequence) return !node.items.empty() && first == '-';
        return node.kind == YamlNode::Kind::mapping && !node.entries.empty() && first != '{';
    }

    /// Comments and the blank lines between them, one at a time; nothing where there is anything else.
    std::optional<TextLines> comments(std::size_t begin, std::size_t end, std::size_t column, bool first)
        const {
        TextLines out;
        for (std::size_t i = begin; i < end; ++i) {
            if (lines_.is_blank(i)) {
                const bool blank_before = out.empty() ? first : out.back().empty();
                if (!blank_before) out.emplace_back();
                continue;
            }
            if (!lines_.is_comment(i)) return std::nullopt;
            const std::string& line = lines_[i];
            const std::size_t start = line.find('#');
            const std::size_t length = line.find_last_not_of(" \t") + 1 - start;
            out.push_back(std::string(column, ' ') + line.substr(start, length));
        }
        return out;
    }

    std::optional<TextLines> as_it_is(const Part& part) const {
        TextLines out;
        for (std::size_t i = part.begin; i < part.end; ++i) {
            auto line = lines_.moved(i, part.from, part.to);
            if (!line) return std::nullopt;
            out.push_back(std::move(*line));
        }
        return out;
    }

    /// `led`: something stands above it already, so that a blank line may come first. `item`: the first
    /// key stands behind the dash of a list.
    std::optional<TextLines> mapping(
        const YamlNode& node, const std::string& path, const Part& part, bool led, bool item = false
    ) const {
        std::vector<Piece> pieces;
        const std::size_t footer = lines_.before_comments(part.begin, part.end, part.from);
        std::size_t begin = part.begin;
        for (std::size_t i = 0; i < node.entries.size(); ++i) {
            const YamlEntry& entry = node.entries[i];
            const std::size_t line = line_of(entry.key_at);
            const bool behind_dash = item && i == 0;
            if (line < begin || line >= footer || column_of(entry.key_at) != part.from) return {};
            if (!behind_dash && lines_.indent(line) != part.from) return {};
            std::size_t end = footer;
            if (i + 1 < node.entries.size()) {
                const std::size_t next = line_of(node.entries[i + 1].key_at);
                if (next <= line || next >= footer) return {};
                end = lines_.before_comments(line + 1, next, part.from);
            }
            Piece piece;
            piece.rank = order_.rank(path, entry.key);
            piece.index = i;
            auto above = comments(begin, line, part.to, false);
            if (!above) return {};
            piece.comments = std::move(*above);
            auto body = value(
                entry, path.empty() ? entry.key : path + "." + entry.key, {line, end, part.from, part.to}
            );
            if (!body) return {};
            piece.body = std::move(*body);
            pieces.push_back(std::move(piece));
            begin = end;
        }
        std::sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) {
            return std::tie(a.rank, a.index) < std::tie(b.rank, b.index);
        });
        TextLines out;
        for (Piece& piece : pieces) {
            if (out.empty() && item) lead_item(piece, part.to);
            if (out.empty() && !led) drop_blanks(piece.comments);
            append(out, std::move(piece.comments));
            append(out, std::move(piece.body));
        }
        auto below = comments(footer, part.end, part.to, false);
        if (!below) return std::nullopt;
        append(out, std::move(*below));
        return out;
    }

    static void drop_blanks(TextLines& lines) {
        while (!lines.empty() && lines.front().empty()) lines.erase(lines.begin());
    }

    /// Puts the dash of the list before the first key, and its comments above the dash.
    static void lead_item(Piece& piece, std::size_t column) {
        piece.body.front()[column - step] = '-';
        for (std::string& line : piece.comments) {
            if (!line.empty()) line.erase(0, step);
        }
    }

    std::optional<TextLines> value(const YamlEntry& entry, const std::string& path, const Part& part)
        const {
        const YamlNode& node = entry.value;
        TextLines out{lines_.cut(part.begin, part.from, part.to)};
        if (is_block(node)) {
            const Position at = node.at;
            const Part inner{part.begin + 1, part.end, column_of(at), part.to + step};
            if (line_of(at) > part.begin && inner.from == lines_.indent(line_of(at))) {
                auto body = node.kind == YamlNode::Kind::mapping ? mapping(node, path, inner, false)
                                                                 : list(node, path + "[]", inner);
                if (body) {
                    append(out, std::move(*body));
                    return out;
                }
            }
        }
        auto rest = as_it_is({part.begin + 1, part.end, part.from, part.to});
        if (!rest) return std::nullopt;
        append(out, std::move(*rest));
        return out;
    }

    std::optional<TextLines> list(const YamlNode& node, const std::string& path, const Part& part)
        const {
        TextLines out;
        const std::size_t footer = lines_.before_comments(part.begin, part.end, part.from);
        std::size_t begin = part.begin;
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            const YamlNode& item = node.items[i];
            const std::size_t line = line_of(item.at);
            if (line < begin || line >= footer || !is_dash(line, part.from)) return std::nullopt;
            std::size_t end = footer;
            if (i + 1 < node.items.size()) {
                const std::size_t next = line_of(node.items[i + 1].at);
                if (next <= line || next >= footer) return std::nullopt;
                end = lines_.before_comments(line + 1, next, part.from);
            }
            auto above = comments(begin, line, part.to, false);
            if (!above) return std::nullopt;
            if (out.empty()) drop_blanks(*above);
            append(out, std::move(*above));
            auto body = element(item, path, {line, end, part.from, part.to});
            if (!body) return std::nullopt;
            append(out, std::move(*body));
            begin = end;
        }
        auto below = comments(footer, part.end, part.to, false);
        if (!below) return std::nullopt;
        append(out, std::move(*below));
        return out;
    }

    bool is_dash(std::size_t line, std::size_t column) const {
        const std::string& text = lines_[line];
        return lines_.indent(line) == column && text.substr(column).starts_with("- ");
    }

    std::optional<TextLines> element(const YamlNode& item, const std::string& path, const Part& part)
        const {
        if (is_block(item) && item.kind == YamlNode::Kind::mapping) {
            const std::size_t column = column_of(item.at);
            const std::string& line = lines_[part.begin];
            const bool key_first = line.find_first_not_of(' ', part.from + 1) == column;
            const Part inner{part.begin, part.end, column, part.to + step};
            if (key_first) {
                if (auto body = mapping(item, path, inner, false, true)) return body;
            }
        }
        return as_it_is(part);
    }

    const DocumentLines& lines_;
    const KeyOrder& order_;
};

/// Whether both say the same, whatever the order of their keys.
bool same(const YamlNode& a, const YamlNode& b) {
    if (a.kind != b.kind || a.quoted != b.quoted || a.text != b.text) return false;
    if (a.items.size() != b.items.size() || a.entries.size() != b.entries.size()) return false;
    for (std::size_t i = 0; i < a.items.size(); ++i) {
        if (!same(a.items[i], b.items[i])) return false;
    }
    std::map<std::string_view, const YamlNode*> others;  // find() would take its time for many keys
    for (const YamlEntry& entry : b.entries) others.emplace(entry.key, &entry.value);
    return std::all_of(a.entries.begin(), a.entries.end(), [&](const YamlEntry& entry) {
        const auto other = others.find(entry.key);
        return other != others.end() && same(entry.value, *other->second);
    });
}

bool same(const YamlFile& a, const YamlFile& b) {
    return !a.broken && !b.broken &&
           std::equal(
               a.documents.begin(), a.documents.end(), b.documents.begin(), b.documents.end(),
               [](const YamlDocument& one, const YamlDocument& other) {
                   return same(one.root, other.root);
               }
           );
}

bool same(const FileManifests& a, const FileManifests& b) {
    return a.invalid == b.invalid && a.ignored == b.ignored && a.problems.size() == b.problems.size() &&
           std::equal(
               a.manifests.begin(), a.manifests.end(), b.manifests.begin(), b.manifests.end(),
               [](const auto& one, const auto& other) {
                   return one->key == other->key && one->labels == other->labels &&
                          one->annotations == other->annotations && same_wish(&*one, &*other);
               }
           );
}

/// All that is written, line by line, wherever it stands: what no comment may get lost from.
std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    for (std::string line : split_lines(text)) {
        std::size_t start = line.find_first_not_of(" \t");
        while (start != std::string::npos && line.compare(start, 2, "- ") == 0) {
            start = line.find_first_not_of(" \t", start + 1);
        }
        if (start == std::string::npos) continue;
        words.push_back(line.substr(start, line.find_last_not_of(" \t") + 1 - start));
    }
    std::sort(words.begin(), words.end());
    return words;
}

/// Another program's document, JSON, and what is laid out in no usual way come back as they are.
TextLines formatted(TextLines lines, std::string_view file, const KeyOrder& order) {
    const std::string text = joined(lines);
    const FileManifests manifests = parse_manifests(file, text, {});
    const YamlFile yaml = read_yaml(file, text);
    if (yaml.broken || manifests.ignored > 0 || yaml.documents.size() != 1) return lines;
    const YamlNode& root = yaml.documents.front().root;
    const DocumentLines document(lines, root);
    if (!document.movable()) return lines;
    auto result = DocumentFormatter(document, order).run(root);
    if (!result) return lines;
    while (!result->empty() && result->back().empty()) result->pop_back();
    return std::move(*result);
}

bool is_marker(const std::string& line) {
    return line == "---" || line.starts_with("--- ") || line.starts_with("---\t");
}

/// Only a marker; nothing, and no comment, stands behind it.
bool is_bare_marker(const std::string& line) {
    return is_marker(line) && line.find_first_not_of(" \t", 3) == std::string::npos;
}

std::string formatted(std::string_view text, std::string_view file, const KeyOrder& order) {
    TextLines out, part;
    bool plain = true;  // the part may be moved
    const auto finish = [&] {
        append(out, plain ? formatted(std::move(part), file, order) : std::move(part));
        part.clear();
    };
    for (std::string& line : split_lines(text)) {
        if (!is_marker(line)) {
            if (line.starts_with("...")) plain = false;
            part.push_back(std::move(line));
            continue;
        }
        finish();
        plain = is_bare_marker(line);
        out.push_back(plain ? "---" : std::move(line));
    }
    finish();
    return joined(out);
}

ManifestProblem refusal(std::string_view file) {
    ManifestProblem problem;
    problem.place.file = file;
    problem.wrong = "is laid out so that it cannot be put in order without changing what it says";
    problem.advice = "put its keys in order by hand, or leave it as it is";
    return problem;
}

}  // namespace

KeyOrder::KeyOrder(const std::vector<std::string>& paths) {
    for (const std::string& path : paths) {
        const std::size_t dot = path.rfind('.');
        auto& keys = ranks_[dot == std::string::npos ? "" : path.substr(0, dot)];
        keys.emplace(path.substr(dot + 1), keys.size());
    }
}

std::size_t KeyOrder::rank(const std::string& path, const std::string& key) const {
    constexpr std::size_t last = std::numeric_limits<std::size_t>::max();
    const auto keys = ranks_.find(path);
    if (keys == ranks_.end()) return last;
    const auto it = keys->second.find(key);
    return it == keys->second.end() ? last : it->second;
}

FormattedManifests format_manifests(
    std::string_view file, std::string_view bytes, const KeyOrder& order
) {
    FormattedManifests out{std::string(bytes), {}};
    YamlFile before = read_yaml(file, bytes);
    if (before.broken) {
        out.problems.push_back(std::move(*before.broken));
        return out;
    }
    const FileManifests loaded = parse_manifests(file, bytes, {});
    const bool ours = !loaded.manifests.empty() || !loaded.defaults.empty() || loaded.invalid > 0;
    if (!ours) return out;
    for (const YamlDocument& document : before.documents) {
        if (!identify_document(file, document, {}).ours) continue;
        out.problems.insert(out.problems.end(), document.problems.begin(), document.problems.end());
    }
    if (!out.problems.empty()) return out;
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    std::string text = formatted(bytes, file, order);
    const bool kept = words_of(text) == words_of(bytes) && same(before, read_yaml(file, text)) &&
                      same(loaded, parse_manifests(file, text, {}));
    if (kept) {
        out.text = std::move(text);
    } else {
        out.problems.push_back(refusal(file));
    }
    return out;
}

}  // namespace fairway
