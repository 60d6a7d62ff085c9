#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "manifests/yaml_reader.hpp"

namespace fairway {

/// What is wrong in one document, all of it.
class Findings {
public:
    explicit Findings(std::string file) : file_(std::move(file)) {}
    /// The files that a Position may name; they outlive this.
    void set_files(std::span<const std::shared_ptr<const std::string>> files) { files_ = files; }

    void error(Position at, std::string field, std::string wrong, std::string advice = {});
    void warn(Position at, std::string field, std::string wrong, std::string advice = {});
    /// Takes over what the YAML reader found.
    void add(std::vector<ManifestProblem> problems);

    bool sound() const { return errors_ == 0; }
    /// So many that a person will not read further ones: what follows is counted, not kept.
    bool full() const { return problems_.size() >= most; }
    /// Everything found, by place.
    std::vector<ManifestProblem> take() &&;

private:
    static constexpr std::size_t most = 100;
    void keep(ManifestProblem problem);
    Place place_of(Position at) const;

    std::string file_;
    std::span<const std::shared_ptr<const std::string>> files_;
    std::vector<ManifestProblem> problems_;
    std::size_t errors_ = 0, dropped_ = 0;
};

enum class Need : std::uint8_t { optional, required };

/// What is wrong with a value, and what would be right.
struct Complaint {
    std::string wrong, advice;
};

/// What a text must be like. Lengths count characters.
struct TextRule {
    std::string_view what;  ///< "a channel name"
    std::size_t min = 1, max = 255;
    /// Says whether a text of the right length will do; null: any text will.
    bool (*fits)(std::string_view) = nullptr;
    std::string_view advice = {};  ///< how one is written
    /// Instead of `fits`, where there is more than one thing to say.
    std::optional<Complaint> (*check)(std::string_view) = nullptr;
    bool lines = false;  ///< may have several lines, and tabs
};

/// Reads a text and reports, at `path`, what does not fit. A number or truth value without quotes is no
/// text: other readers of the file would take it for what it looks like.
std::optional<std::string> read_text(
    Findings& findings, const YamlNode& node, const std::string& path, const TextRule& rule
);
std::optional<int> read_integer(
    Findings& findings, const YamlNode& node, const std::string& path, int low, int high
);

/// Advice for keys that are wrong where they stand, and for which no near spelling helps.
struct KeyHint {
    std::string_view key, wrong, advice;
};

/// One mapping, read field by field. Every reading function reports what is wrong and returns nothing
/// then; each key it was asked for is a known one, and finish() reports all others.
class Fields {
public:
    /// Anything but a mapping is reported, and then every field reads as absent.
    Fields(Findings& findings, const YamlNode& node, std::string path);

    /// Whether there is a mapping to read, with or without errors inside.
    bool readable() const { return node_->kind == YamlNode::Kind::mapping; }
    bool has(std::string_view key) const { return node_->find(key) != nullptr; }
    const YamlNode& node() const { return *node_; }
    std::string path(std::string_view key) const { return join_path(path_, key); }
    Findings& findings() const { return *findings_; }
    /// Reports what is wrong with a key that is there, at its place.
    void error(std::string_view key, std::string wrong, std::string advice) const {
        findings_->error(node_->find(key)->at, path(key), std::move(wrong), std::move(advice));
    }

    /// The value; null is reported and counts as absent.
    const YamlNode* find(std::string_view key, Need need = Need::optional, std::string_view advice = {});
    std::optional<std::string> text(
        std::string_view key, const TextRule& rule, Need need = Need::optional
    );
    std::optional<int> integer(std::string_view key, int low, int high, Need need = Need::optional);
    std::optional<bool> boolean(std::string_view key);
    /// The index of the word given.
    std::optional<std::size_t> word(
        std::string_view key, std::span<const std::string_view> words, Need need = Need::optional,
        bool any_case = false
    );
    /// A sequence.
    const YamlNode* list(std::string_view key, Need need = Need::optional);
    /// A mapping; an absent or unreadable one reads as nothing.
    std::optional<Fields> mapping(std::string_view key, Need need = Need::optional);
    /// Makes `key` known without reading it.
    void know(std::string_view key) { known_.push_back(key); }

    /// Reports every key nobody asked for, with the one that may have been meant.
    void finish(std::span<const KeyHint> hints = {});

private:
    Findings* findings_;
    const YamlNode* node_;
    std::string path_;
    std::vector<std::string_view> known_;
};

/// "is a list" and the like: what a node is, without its value.
std::string_view kind_of(const YamlNode& node);

}  // namespace fairway
