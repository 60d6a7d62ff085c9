#include "tests/lint/item_list.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <sstream>

namespace fairway::lint {
namespace {

std::string trimmed(const std::string& text) {
    const auto begin = text.find_first_not_of(" \t");
    if (begin == std::string::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::vector<std::string> fields_of(const std::string& line) {
    std::vector<std::string> fields;
    std::istringstream in(line);
    for (std::string field; std::getline(in, field, '|');) fields.push_back(trimmed(field));
    return fields;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Number and variant of "R12" or "R12b"; nothing for anything else.
std::optional<std::pair<int, char>> parse_id(const std::string& id, char letter) {
    if (id.size() < 2 || id.size() > 4 || id[0] != letter) return std::nullopt;
    const bool variant = id.back() >= 'a' && id.back() <= 'z';
    const std::string digits = id.substr(1, id.size() - (variant ? 2 : 1));
    if (digits.empty() || digits[0] == '0' || !std::all_of(digits.begin(), digits.end(), is_digit))
        return std::nullopt;
    return std::pair(std::stoi(digits), variant ? id.back() : '\0');
}

/// The string literal, or several in a row, at `at`; nothing where there is none.
std::optional<std::string> literal_at(const std::string& code, std::size_t at) {
    const auto skip = [&] {
        while (at < code.size() && std::isspace(static_cast<unsigned char>(code[at]))) ++at;
    };
    std::string text;
    bool any = false;
    for (skip(); at < code.size() && code[at] == '"'; skip()) {
        any = true;
        for (++at; at < code.size() && code[at] != '"'; ++at) {
            if (code[at] == '\\') ++at;
            if (at < code.size()) text += code[at];
        }
        ++at;
    }
    return any ? std::optional(text) : std::nullopt;
}

std::string test_flaw(const std::string& test, const FileReader& read) {
    const auto colon = test.find(": ");
    if (colon == std::string::npos) return "the test is not written as FILE: TITLE";
    const std::string path = test.substr(0, colon), title = trimmed(test.substr(colon + 2));
    const auto code = read(path);
    if (!code) return "there is no file " + path;
    const auto titles = test_titles(*code);
    if (std::find(titles.begin(), titles.end(), title) == titles.end())
        return path + " has no test \"" + title + "\"";
    return {};
}

}  // namespace

std::vector<std::string> test_titles(const std::string& code) {
    std::vector<std::string> titles;
    for (const std::string word : {"TEST_CASE(", "SUBCASE("}) {
        for (auto at = code.find(word); at != std::string::npos; at = code.find(word, at + 1)) {
            if (auto title = literal_at(code, at + word.size())) titles.push_back(*std::move(title));
        }
    }
    return titles;
}

std::vector<std::string> flaws_of_list(
    const ItemGroup& group, const std::string& text, const FileReader& read
) {
    std::vector<std::string> flaws;
    std::map<int, std::set<char>> found;
    std::istringstream in(text);
    int number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        if (trimmed(line).empty() || line[0] == '#') continue;
        const auto fields = fields_of(line);
        const auto complain = [&](const std::string& what) {
            flaws.push_back("line " + std::to_string(number) + ", " + fields[0] + ": " + what);
        };
        const auto id = parse_id(fields[0], group.letter);
        if (!id || id->first < 1 || id->first > group.items) {
            complain("no item of this list");
            continue;
        }
        if (!found[id->first].insert(id->second).second) complain("has a second line");
        if (fields.size() != 4) {
            complain("is not ITEM | INPUT | VERDICT | TEST");
            continue;
        }
        if (fields[1].empty()) complain("does not say what comes in");
        if (fields[2].empty()) complain("has no verdict");
        if (const std::string flaw = test_flaw(fields[3], read); !flaw.empty()) complain(flaw);
    }
    for (int item = 1; item <= group.items; ++item) {
        const std::string name = group.letter + std::to_string(item);
        const auto at = found.find(item);
        if (at == found.end()) {
            flaws.push_back(name + " is missing");
            continue;
        }
        const std::set<char>& variants = at->second;
        if (variants == std::set<char>{'\0'}) continue;
        char next = 'a';
        for (const char variant : variants) {
            if (variant != next++) {
                flaws.push_back(name + " has variants that do not run from a on, or a line beside them");
                break;
            }
        }
    }
    return flaws;
}

}  // namespace fairway::lint
