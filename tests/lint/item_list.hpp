#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace fairway::lint {

/// One list of bad inputs: items LETTER1 to LETTERn, in a file of tests/bad_inputs.
struct ItemGroup {
    char letter;
    int items;
    std::string file;
};

/// The text of a file by its path from the root; nothing where there is none.
using FileReader = std::function<std::optional<std::string>(const std::string& path)>;

/// What is wrong with a list: items missing or doubled, no verdict, no such test. Each line of it is
/// `R1 | what comes in | what becomes of it | tests/file.cpp: title of the test`; the line of an item
/// whose variants have verdicts of their own is split into R1a, R1b. Lines that begin with # are for
/// people.
std::vector<std::string> flaws_of_list(
    const ItemGroup& group, const std::string& text, const FileReader& read
);

/// The titles of the test cases and subcases in a file.
std::vector<std::string> test_titles(const std::string& code);

}  // namespace fairway::lint
