#include "manifests/field_reader.hpp"

#include <algorithm>
#include <tuple>

#include "manifests/text.hpp"
#include "manifests/yaml_scalar.hpp"

namespace fairway {
namespace {

bool is_refused(const YamlNode& node) {
    return node.kind == YamlNode::Kind::refused;
}

std::string range(int low, int high) {
    return "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
}

std::string length(const TextRule& rule) {
    if (rule.min <= 1) return "at most " + std::to_string(rule.max) + " characters";
    return std::to_string(rule.min) + " to " + std::to_string(rule.max) + " characters";
}

std::string how_to_write(const TextRule& rule) {
    return "write " + std::string(rule.advice.empty() ? rule.what : rule.advice);
}

bool has_line_break_or_tab(std::string_view text) {
    return text.find_first_of("\n\t") != std::string_view::npos;
}

std::optional<Complaint> judge(const std::string& text, const TextRule& rule) {
    if (text.empty()) {
        if (rule.min == 0) return std::nullopt;
        return Complaint{"is empty", how_to_write(rule)};
    }
    if (!rule.lines && has_line_break_or_tab(text)) {
        return Complaint{"contains a line end or a tab", "write it on one line"};
    }
    const std::size_t count = count_code_points(text);
    if (count < rule.min || count > rule.max) {
        const std::string characters = count == 1 ? " character" : " characters";
        return Complaint{"has " + std::to_string(count) + characters, "write " + length(rule)};
    }
    if (rule.check) return rule.check(text);
    if (rule.fits && !rule.fits(text)) {
        return Complaint{quote(text) + " is not " + std::string(rule.what), how_to_write(rule)};
    }
    return std::nullopt;
}

}  // namespace

void Findings::error(Position at, std::string field, std::string wrong, std::string advice) {
    ManifestProblem problem;
    problem.place = place_of(at);
    problem.field = std::move(field);
    problem.wrong = std::move(wrong);
    problem.advice = std::move(advice);
    keep(std::move(problem));
}

void Findings::warn(Position at, std::string field, std::string wrong, std::string advice) {
    ManifestProblem problem;
    problem.severity = Severity::warning;
    problem.place = place_of(at);
    problem.field = std::move(field);
    problem.wrong = std::move(wrong);
    problem.advice = std::move(advice);
    keep(std::move(problem));
}

Place Findings::place_of(Position at) const {
    const auto other = static_cast<std::size_t>(at.file);
    return {other == 0 ? file_ : *files_[other - 1], at.line, at.column};
}

void Findings::add(std::vector<ManifestProblem> problems) {
    for (auto& problem : problems) keep(std::move(problem));
}

void Findings::keep(ManifestProblem problem) {
    if (problem.severity == Severity::error) ++errors_;
    if (full()) {
        ++dropped_;
    } else {
        problems_.push_back(std::move(problem));
    }
}

std::vector<ManifestProblem> Findings::take() && {
    std::sort(problems_.begin(), problems_.end(), [](const auto& a, const auto& b) {
        return std::tie(a.place.file, a.place.line, a.place.column, a.field, a.wrong) <
               std::tie(b.place.file, b.place.line, b.place.column, b.field, b.wrong);
    });
    if (dropped_ > 0) {
        ManifestProblem problem;
        problem.place = problems_.front().place;
        problem.wrong =
            "only the first problems are told here, " + std::to_string(dropped_) + " more are not";
        problem.advice = "mend these first";
        problems_.insert(problems_.begin(), std::move(problem));
    }
    return std::move(problems_);
}

std::string_view kind_of(const YamlNode& node) {
    switch (node.kind) {
        case YamlNode::Kind::sequence:
            return "is a list";
        case YamlNode::Kind::mapping:
            return "is a mapping";
        case YamlNode::Kind::null:
            return "is null";
        case YamlNode::Kind::scalar:
        case YamlNode::Kind::refused:
            break;
    }
    if (node.quoted) return "is text";
    switch (scalar_type(node.text)) {
        case ScalarType::boolean:
            return "is a truth value";
        case ScalarType::integer:
        case ScalarType::real:
            return "is a number";
        case ScalarType::null:
            return "is null";
        case ScalarType::text:
            break;
    }
    return "is text";
}

std::optional<std::string> read_text(
    Findings& findings, const YamlNode& node, const std::string& path, const TextRule& rule
) {
    if (is_refused(node)) return std::nullopt;
    if (node.kind != YamlNode::Kind::scalar) {
        findings.error(node.at, path, std::string(kind_of(node)), "write " + std::string(rule.what));
        return std::nullopt;
    }
    if (!node.quoted && scalar_type(node.text) != ScalarType::text) {
        findings.error(
            node.at, path, std::string(kind_of(node)), "write it in quotes: " + quote(node.text)
        );
        return std::nullopt;
    }
    if (auto complaint = judge(node.text, rule)) {
        findings.error(node.at, path, std::move(complaint->wrong), std::move(complaint->advice));
        return std::nullopt;
    }
    return node.text;
}

std::optional<int> read_integer(
    Findings& findings, const YamlNode& node, const std::string& path, int low, int high
) {
    if (is_refused(node)) return std::nullopt;
    const auto refuse = [&](std::string wrong, std::string advice) {
        findings.error(node.at, path, std::move(wrong), std::move(advice));
        return std::nullopt;
    };
    if (node.kind != YamlNode::Kind::scalar) {
        return refuse(std::string(kind_of(node)), "write " + range(low, high));
    }
    if (scalar_type(node.text) != ScalarType::integer) {
        return refuse(quote(node.text) + " is not a whole number", "write " + range(low, high));
    }
    if (node.quoted) return refuse("is text", "write the number without quotes: " + node.text);
    if (has_leading_zero(node.text)) {
        return refuse(
            quote(node.text) + " is decimal to one reader and octal to another",
            "write it without the leading zero"
        );
    }
    const auto value = integer_value(node.text);
    if (value < low || value > high) {
        return refuse(node.text.substr(0, 24) + " is out of range", "write " + range(low, high));
    }
    return static_cast<int>(value);
}

Fields::Fields(Findings& findings, const YamlNode& node, std::string path)
    : findings_(&findings), node_(&node), path_(std::move(path)) {
    if (readable() || is_refused(node)) return;
    findings.error(node.at, path_, std::string(kind_of(node)), "write a mapping of keys and values");
}

const YamlNode* Fields::find(std::string_view key, Need need, std::string_view advice) {
    know(key);
    const YamlNode* value = node_->find(key);
    if (!value) {
        if (need == Need::required && readable()) {
            findings_->error(node_->at, path(key), "is missing", std::string(advice));
        }
        return nullptr;
    }
    if (value->kind == YamlNode::Kind::null) {
        const bool required = need == Need::required;
        findings_->error(
            value->at, path(key), "is null",
            required ? "give a value" : "give a value, or leave the field out"
        );
        return nullptr;
    }
    return value;
}

std::optional<std::string> Fields::text(std::string_view key, const TextRule& rule, Need need) {
    const YamlNode* value = find(key, need, need == Need::required ? how_to_write(rule) : std::string());
    if (!value) return std::nullopt;
    return read_text(*findings_, *value, path(key), rule);
}

std::optional<int> Fields::integer(std::string_view key, int low, int high, Need need) {
    const YamlNode* value = find(key, need, "write " + range(low, high));
    if (!value) return std::nullopt;
    return read_integer(*findings_, *value, path(key), low, high);
}

std::optional<bool> Fields::boolean(std::string_view key) {
    const YamlNode* value = find(key);
    if (!value || is_refused(*value)) return std::nullopt;
    if (value->kind == YamlNode::Kind::scalar && !value->quoted &&
        scalar_type(value->text) == ScalarType::boolean) {
        return value->text.front() == 't' || value->text.front() == 'T';
    }
    const bool plain = value->kind == YamlNode::Kind::scalar && !value->quoted;
    findings_->error(
        value->at, path(key),
        plain ? quote(value->text) + " is not a truth value" : std::string(kind_of(*value)),
        "write true or false, without quotes"
    );
    return std::nullopt;
}

std::optional<std::size_t> Fields::word(
    std::string_view key, std::span<const std::string_view> words, Need need, bool any_case
) {
    const std::string right = "write " + either(words);
    const YamlNode* value = find(key, need, right);
    if (!value || is_refused(*value)) return std::nullopt;
    if (value->kind != YamlNode::Kind::scalar) {
        findings_->error(value->at, path(key), std::string(kind_of(*value)), right);
        return std::nullopt;
    }
    const std::string given = any_case ? lower_case(value->text) : value->text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (given == (any_case ? lower_case(words[i]) : std::string(words[i]))) return i;
    }
    std::string advice = right;
    if (const auto meant = closest(value->text, words); !meant.empty() && words.size() > 1) {
        advice = "did you mean " + std::string(meant) + "? Known are " + either(words);
    }
    findings_->error(value->at, path(key), quote(value->text) + " is not known here", std::move(advice));
    return std::nullopt;
}

const YamlNode* Fields::list(std::string_view key, Need need) {
    const YamlNode* value = find(key, need, "write a list");
    if (!value || is_refused(*value)) return nullptr;
    if (value->kind == YamlNode::Kind::sequence) return value;
    findings_->error(value->at, path(key), std::string(kind_of(*value)), "write a list");
    return nullptr;
}

std::optional<Fields> Fields::mapping(std::string_view key, Need need) {
    const YamlNode* value = find(key, need, "write a mapping of keys and values");
    if (!value || is_refused(*value)) return std::nullopt;
    Fields inner(*findings_, *value, path(key));
    if (!inner.readable()) return std::nullopt;
    return inner;
}

void Fields::finish(std::span<const KeyHint> hints) {
    for (const auto& entry : node_->entries) {
        if (std::find(known_.begin(), known_.end(), entry.key) != known_.end()) continue;
        const auto hint = std::find_if(hints.begin(), hints.end(), [&](const KeyHint& h) {
            return h.key == entry.key;
        });
        if (hint != hints.end()) {
            findings_->error(
                entry.key_at, path(entry.key), std::string(hint->wrong), std::string(hint->advice)
            );
            continue;
        }
        const auto meant = findings_->full() ? std::string_view() : closest(entry.key, known_);
        findings_->error(
            entry.key_at, path(entry.key), "unknown key",
            meant.empty() ? "known here: " + either(known_) : "did you mean " + std::string(meant) + '?'
        );
    }
}

}  // namespace fairway
