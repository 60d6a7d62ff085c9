#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fairway {

// CLI11 keeps the words that an option takes inside a function; the name of the validator carries them
// to the completion scripts, and so there is no second list of them.
inline constexpr std::string_view words_mark = "one of:";

inline std::string name_of_words(const std::vector<std::string>& words) {
    std::string name(words_mark);
    for (const std::string& word : words) name += (name.size() == words_mark.size() ? "" : "|") + word;
    return name;
}

inline std::string refusal_of_word(const std::string& word, const std::vector<std::string>& words) {
    std::string right;
    for (std::size_t i = 0; i < words.size(); ++i) {
        right += (i == 0 ? "" : i + 1 == words.size() ? " or " : ", ") + words[i];
    }
    return "\"" + word + "\" is not one of them; write " + right;
}

/// Lets `option` take the keys of `words` for their values.
template <class Value>
void take_words(CLI::Option& option, const std::map<std::string, Value>& words) {
    std::vector<std::string> keys;
    for (const auto& [word, value] : words) keys.push_back(word);
    const auto translate = [words, keys](std::string& input) {
        const auto found = words.find(input);
        if (found == words.end()) return refusal_of_word(input, keys);
        input = std::to_string(static_cast<int>(found->second));
        return std::string();
    };
    option.transform(CLI::Validator(translate, "", name_of_words(keys)));
}

/// Lets `option` take these words and no others.
inline void take_words(CLI::Option& option, const std::vector<std::string>& words) {
    const auto judge = [words](std::string& input) {
        const bool known = std::find(words.begin(), words.end(), input) != words.end();
        return known ? std::string() : refusal_of_word(input, words);
    };
    option.check(CLI::Validator(judge, "", name_of_words(words)));
}

/// Lets a shell offer these words for `option`, which takes others too.
inline void offer_words(CLI::Option& option, const std::vector<std::string>& words) {
    const auto judge = [](std::string&) { return std::string(); };
    option.check(CLI::Validator(judge, "", name_of_words(words)));
}

}  // namespace fairway
