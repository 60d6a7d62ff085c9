#include "manifests/yaml_reader.hpp"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <unordered_map>
#include <utility>

#include "manifests/text.hpp"
#include "manifests/yaml_source.hpp"

namespace fairway {
namespace {

/// Builds our tree from yaml-cpp's events.
class TreeBuilder final : public YAML::EventHandler {
public:
    TreeBuilder(std::string_view file, std::string_view bytes, const Lines& lines, YamlFile& out)
        : file_(file), bytes_(bytes), lines_(lines), out_(out) {}

    void OnDocumentStart(const YAML::Mark& mark) override {
        if (++documents_ > max_yaml_documents) {
            throw Stop{offset(mark), "", "more than 1,000 documents in one file", "split the file"};
        }
        document_ = {};
    }
    void OnDocumentEnd() override { finish_document(); }

    void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
        check_properties(mark, "", anchor);
        YamlNode node;
        node.at = position(mark);
        const std::string_view source = bytes_.substr(std::min(offset(mark), bytes_.size()), 1);
        const bool written = source == "~" || source == "n" || source == "N";
        if (!written && pending_key()) node.at = open_.back().key_at;  // yaml-cpp tells what comes next
        place(std::move(node), offset(mark));
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
        complain(position(mark), value_path(), "aliases are not supported", "write the value out");
        place(refused(mark), offset(mark));
    }

    void OnScalar(
        const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value
    ) override {
        const bool plain_properties = check_properties(mark, tag, anchor);
        YamlNode node;
        node.kind = YamlNode::Kind::scalar;
        node.at = position(mark);
        node.quoted = tag != "?";
        node.text = value;
        const std::string_view source = bytes_.substr(std::min(offset(mark), bytes_.size()));
        if ((source.starts_with('"') || source.starts_with('\'')) && !quote_ends(source)) {
            throw Stop{offset(mark), value_path(), "this quote is not closed", "close it"};
        }
        if (!plain_properties || has_control(node)) node.kind = YamlNode::Kind::refused;
        place(std::move(node), offset(mark));
    }

    void OnSequenceStart(
        const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
        YAML::EmitterStyle::value style
    ) override {
        open(YamlNode::Kind::sequence, mark, tag, anchor, style);
    }
    void OnSequenceEnd() override { close(); }
    void OnMapStart(
        const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
        YAML::EmitterStyle::value style
    ) override {
        open(YamlNode::Kind::mapping, mark, tag, anchor, style);
    }
    void OnMapEnd() override { close(); }

    /// Keeps what was read of a document when the reading stops amid it.
    void abandon() {
        while (!open_.empty()) close();
        finish_document();
    }

    /// The path of the value that would come next.
    std::string value_path() const {
        std::string path;
        for (const auto& level : open_) {
            if (level.node.kind == YamlNode::Kind::sequence) {
                path = join_path(path, level.node.items.size());
            } else if (level.has_key && !level.key_refused) {
                path = join_path(path, level.key);
            }
        }
        return path;
    }

    /// Where the innermost list or mapping starts; its key's end where a value was expected.
    std::optional<std::size_t> innermost() const {
        if (open_.empty()) return std::nullopt;
        return open_.back().start;
    }
    std::optional<std::size_t> pending_key() const {
        if (open_.empty() || !open_.back().has_key) return std::nullopt;
        return open_.back().key_offset;
    }

private:
    struct Level {
        YamlNode node;
        std::size_t start = 0;
        bool block = false;
        bool has_key = false;      ///< a mapping waits for the value of `key`
        bool key_refused = false;  ///< that value will be dropped
        std::string key;
        Position key_at;
        std::size_t key_offset = 0;
        std::unordered_map<std::string, Position> keys;
    };

    static std::size_t offset(const YAML::Mark& mark) {
        return mark.pos < 0 ? 0 : static_cast<std::size_t>(mark.pos);
    }
    Position position(const YAML::Mark& mark) const { return lines_.at(offset(mark)); }

    void complain(Position at, std::string field, std::string wrong, std::string advice) {
        ManifestProblem problem;
        problem.place = {std::string(file_), at.line, at.column};
        problem.field = std::move(field);
        problem.wrong = std::move(wrong);
        problem.advice = std::move(advice);
        document_.problems.push_back(std::move(problem));
    }

    YamlNode refused(const YAML::Mark& mark) const {
        YamlNode node;
        node.kind = YamlNode::Kind::refused;
        node.at = position(mark);
        return node;
    }

    /// Whether the value carries neither tag nor anchor.
    bool check_properties(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
        if (anchor != 0) {
            complain(position(mark), value_path(), "anchors are not supported", "write the value out");
        }
        const bool written = offset(mark) < bytes_.size() && bytes_[offset(mark)] == '!';
        const bool tagged = written || (!tag.empty() && tag != "?" && tag != "!");
        if (tagged)
            complain(position(mark), value_path(), "tags are not supported", "leave the tag out");
        return !tagged;
    }

    bool has_control(const YamlNode& node) {
        std::string_view rest = node.text;
        while (const auto c = take_code_point(rest)) {
            if (!is_control(*c) || *c == '\n' || *c == '\t') continue;
            complain(node.at, value_path(), "the text contains a control character", "leave it out");
            return true;
        }
        return false;
    }

    void open(
        YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
        YAML::EmitterStyle::value style
    ) {
        check_properties(mark, tag, anchor);
        if (open_.size() == max_yaml_depth) {
            throw Stop{offset(mark), "", "nested more than 32 levels deep", "make it flatter"};
        }
        count_node(offset(mark));
        Level level;
        level.node.kind = kind;
        level.node.at = position(mark);
        level.start = offset(mark);
        level.block = style == YAML::EmitterStyle::Block;
        open_.push_back(std::move(level));
    }

    void close() {
        YamlNode node = std::move(open_.back().node);
        const std::size_t start = open_.back().start;
        open_.pop_back();
        attach(std::move(node), start);
    }

    void count_node(std::size_t at) {
        if (++nodes_ > max_yaml_nodes) {
            throw Stop{at, "", "more than 100,000 values in one file", "split the file"};
        }
    }

    void place(YamlNode node, std::size_t at) {
        count_node(at);
        attach(std::move(node), at);
    }

    void attach(YamlNode node, std::size_t start) {
        if (open_.empty()) {
            document_.root = std::move(node);
            return;
        }
        Level& level = open_.back();
        if (level.node.kind == YamlNode::Kind::sequence) {
            level.node.items.push_back(std::move(node));
        } else if (!level.has_key) {
            take_key(level, std::move(node), start);
        } else {
            if (!level.key_refused) {
                level.node.entries.push_back({std::move(level.key), level.key_at, std::move(node)});
            }
            level.has_key = false;
        }
    }

    void take_key(Level& level, YamlNode node, std::size_t start) {
        const std::string path = value_path();
        level.has_key = true;
        level.key_refused = true;
        level.key_at = node.at;
        level.key_offset = start;
        if (node.kind == YamlNode::Kind::refused) return;
        if (node.kind != YamlNode::Kind::scalar) {
            complain(
                node.at, path, "a key that is not text", "write the key as text, followed by a colon"
            );
            return;
        }
        if (level.block && is_indented_by_tab(bytes_, start)) {
            complain(node.at, join_path(path, node.text), "indented by a tab", "indent with blanks");
        }
        if (node.text == "<<" && !node.quoted) {
            complain(node.at, path, "merge keys are not supported", "write the fields out");
            return;
        }
        const auto [twin, is_new] = level.keys.try_emplace(node.text, node.at);
        if (!is_new) {
            complain(
                node.at, join_path(path, node.text),
                "the key is given twice, first at line " + std::to_string(twin->second.line) +
                    ", column " + std::to_string(twin->second.column),
                "keep one of them"
            );
            return;
        }
        level.key_refused = false;
        level.key = std::move(node.text);
    }

    void finish_document() {
        if (document_.root.kind != YamlNode::Kind::null || !document_.problems.empty()) {
            out_.documents.push_back(std::move(document_));
        }
        document_ = {};
    }

    std::string_view file_, bytes_;
    const Lines& lines_;
    YamlFile& out_;
    YamlDocument document_;
    std::vector<Level> open_;
    std::size_t nodes_ = 0, documents_ = 0;
};

/// yaml-cpp's words for a syntax error, made useful.
Stop explain(const YAML::Exception& error, const TreeBuilder& tree, std::string_view bytes) {
    namespace said = YAML::ErrorMsg;
    const std::string_view what = error.msg;
    Stop stop{
        error.mark.pos < 0 ? bytes.size() : static_cast<std::size_t>(error.mark.pos), tree.value_path(),
        "", ""};
    if (what == said::EOF_IN_SCALAR || what == said::DOC_IN_SCALAR) {
        const auto key = tree.pending_key();
        const auto colon = key ? bytes.find(':', *key) : std::string_view::npos;
        const auto start = colon == std::string_view::npos ? colon : bytes.find_first_of("\"'", colon);
        if (start != std::string_view::npos) stop.offset = start;
        stop.wrong = "this quote is not closed";
        stop.advice = "close it";
    } else if (what == said::END_OF_MAP_FLOW || what == said::END_OF_SEQ_FLOW) {
        stop.offset = tree.innermost().value_or(stop.offset);
        stop.field.clear();
        stop.wrong =
            what == said::END_OF_MAP_FLOW ? "this mapping is not closed" : "this list is not closed";
        stop.advice = what == said::END_OF_MAP_FLOW ? "look for a missing } or comma"
                                                    : "look for a missing ] or comma";
    } else if (is_indented_by_tab(bytes, stop.offset)) {
        stop.field.clear();
        stop.wrong = "indented by a tab";
        stop.advice = "indent with blanks";
    } else if (what == said::MAP_VALUE || what == said::END_OF_MAP || what == said::END_OF_SEQ || what == said::BLOCK_ENTRY || what == said::MAP_KEY) {
        stop.field.clear();
        stop.wrong = "the indentation does not fit, or a colon is where none may be";
        stop.advice = "align the keys of a mapping, and quote text that contains \": \"";
    } else if (what == said::TAB_IN_INDENTATION) {
        stop.field.clear();
        stop.wrong = "indented by a tab";
        stop.advice = "indent with blanks";
    } else if (what == said::UNKNOWN_TOKEN) {
        stop.wrong = "a character that cannot start a value";
        stop.advice = "put the text in quotes";
    } else if (what.starts_with(said::INVALID_UNICODE)) {
        stop.wrong = "an escape that is no character by itself";
        stop.advice = "write the character as it is, in UTF-8";
    } else if (what.starts_with(said::INVALID_ESCAPE) || what == said::INVALID_HEX) {
        stop.wrong = "an unknown escape in double quotes";
        stop.advice = "write \\\\ for a backslash, or use single quotes";
    } else if (what == said::UNKNOWN_ANCHOR || what == said::ALIAS_NOT_FOUND) {
        stop.wrong = "aliases are not supported";
        stop.advice = "write the value out, and quote text that starts with *";
    } else {
        stop.wrong = "not YAML: " + std::string(what);
    }
    return stop;
}

ManifestProblem to_problem(std::string_view file, const Lines& lines, Stop stop) {
    const Position at = lines.at(stop.offset);
    ManifestProblem problem;
    problem.place = {std::string(file), at.line, at.column};
    problem.field = std::move(stop.field);
    problem.wrong = std::move(stop.wrong);
    problem.advice = std::move(stop.advice);
    return problem;
}

}  // namespace

const YamlNode* YamlNode::find(std::string_view key) const {
    for (const auto& entry : entries) {
        if (entry.key == key) return &entry.value;
    }
    return nullptr;
}

YamlFile read_yaml(std::string_view file, std::string_view bytes) {
    YamlFile out;
    if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
    auto stop = check_source(bytes);
    const Lines lines(stop && stop->offset == 0 ? bytes.substr(0, 1) : bytes);
    if (stop) {
        out.broken = to_problem(file, lines, std::move(*stop));
        return out;
    }
    TreeBuilder tree(file, bytes, lines, out);
    try {
        std::istringstream stream{std::string(bytes)};
        YAML::Parser parser(stream);
        while (parser.HandleNextDocument(tree)) {
        }
    } catch (Stop& caught) {
        stop = std::move(caught);
    } catch (const YAML::DeepRecursion& error) {
        const auto at = error.mark.pos < 0 ? 0 : static_cast<std::size_t>(error.mark.pos);
        stop = Stop{at, "", "nested more than 32 levels deep", "make it flatter"};
    } catch (const YAML::Exception& error) {
        stop = explain(error, tree, bytes);
    }
    if (stop) {
        out.broken = to_problem(file, lines, std::move(*stop));
        tree.abandon();
    }
    return out;
}

std::string join_path(std::string_view path, std::string_view key) {
    const bool simple =
        !key.empty() && key.size() <= 64 && std::all_of(key.begin(), key.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '_' || c == '-' || c == '$';
        });
    std::string out(path);
    if (!simple) return out + '[' + quote(key) + ']';
    if (!out.empty()) out += '.';
    return out.append(key);
}

std::string join_path(std::string_view path, std::size_t index) {
    return std::string(path) + '[' + std::to_string(index) + ']';
}

}  // namespace fairway
