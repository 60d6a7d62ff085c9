#include "reconciler/plan/selection.hpp"

#include <algorithm>
#include <utility>

namespace fairway {
namespace {

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// At the commas that are in no parentheses.
std::vector<std::string_view> terms_of(std::string_view text) {
    std::vector<std::string_view> terms;
    std::size_t begin = 0;
    int depth = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        if (i == text.size() || (text[i] == ',' && depth == 0)) {
            terms.push_back(trimmed(text.substr(begin, i - begin)));
            begin = i + 1;
        } else if (text[i] == '(') {
            ++depth;
        } else if (text[i] == ')') {
            --depth;
        }
    }
    return terms;
}

bool is_word(std::string_view text) {
    return !text.empty() && text.find_first_of(" \t=!(),") == std::string_view::npos;
}

Error not_understood(std::string_view term) {
    return {
        ErrorClass::terminal, ErrorReason::validation,
        "the selector \"" + std::string(term) +
            "\" is not understood; write label=value, label!=value, label in (a, b), label notin (a, "
            "b), "
            "label or !label, with commas between"};
}

bool bears(const ChannelKey& key, std::string_view name) {
    if (name == key.name) return true;
    const auto slash = name.find('/');
    return slash != std::string_view::npos && name.substr(0, slash) == key.project &&
           name.substr(slash + 1) == key.name;
}

}  // namespace

Result<Selection> Selection::parse(const std::vector<std::string>& names, std::string_view selector) {
    Selection selection;
    selection.names_ = names;
    if (trimmed(selector).empty()) return selection;
    for (const std::string_view text : terms_of(selector)) {
        Result<Term> term = parse_term(text);
        if (!term) return term.error();
        selection.terms_.push_back(std::move(*term));
    }
    return selection;
}

Result<Selection::Term> Selection::parse_term(std::string_view text) {
    Term term{Term::Kind::in, {}, {}};
    const auto equals = text.find('=');
    const auto opened = text.find('(');
    if (opened != std::string_view::npos) {
        const std::string_view head = trimmed(text.substr(0, opened));
        const auto space = head.find_last_of(" \t");
        if (space == std::string_view::npos || !text.ends_with(')')) return not_understood(text);
        const std::string_view word = head.substr(space + 1);
        if (word != "in" && word != "notin") return not_understood(text);
        term.kind = word == "in" ? Term::Kind::in : Term::Kind::not_in;
        term.label = trimmed(head.substr(0, space));
        for (const auto value : terms_of(text.substr(opened + 1, text.size() - opened - 2))) {
            if (!is_word(value)) return not_understood(text);
            term.values.emplace(value);
        }
    } else if (equals != std::string_view::npos) {
        const bool negated = equals > 0 && text[equals - 1] == '!';
        std::string_view value = text.substr(equals + 1);
        if (value.starts_with('=')) value.remove_prefix(1);  // kubectl's "=="
        value = trimmed(value);
        if (!value.empty() && !is_word(value)) return not_understood(text);
        term.kind = negated ? Term::Kind::not_in : Term::Kind::in;
        term.label = trimmed(text.substr(0, negated ? equals - 1 : equals));
        term.values.emplace(value);
    } else if (text.starts_with('!')) {
        term.kind = Term::Kind::absent;
        term.label = trimmed(text.substr(1));
    } else {
        term.kind = Term::Kind::exists;
        term.label = text;
    }
    if (!is_word(term.label)) return not_understood(text);
    return term;
}

bool Selection::fits(const Term& term, const Manifest& manifest) {
    const auto label = manifest.labels.find(term.label);
    const bool there = label != manifest.labels.end();
    switch (term.kind) {
        case Term::Kind::in:
            return there && term.values.contains(label->second);
        case Term::Kind::not_in:
            return !there || !term.values.contains(label->second);
        case Term::Kind::exists:
            return there;
        case Term::Kind::absent:
            return !there;
    }
    return false;
}

bool Selection::names(const ChannelKey& key) const {
    return names_.empty() || std::any_of(names_.begin(), names_.end(), [&](const std::string& name) {
               return bears(key, name);
           });
}

bool Selection::covers(const ChannelKey& key, const Manifest* manifest) const {
    if (!names(key)) return false;
    if (terms_.empty()) return true;
    return manifest != nullptr && std::all_of(terms_.begin(), terms_.end(), [&](const Term& term) {
               return fits(term, *manifest);
           });
}

std::vector<std::string> Selection::unknown(const std::set<ChannelKey>& keys) const {
    std::vector<std::string> unknown;
    for (const std::string& name : names_) {
        const bool known = std::any_of(keys.begin(), keys.end(), [&](const ChannelKey& key) {
            return bears(key, name);
        });
        if (!known) unknown.push_back(name);
    }
    return unknown;
}

}  // namespace fairway
