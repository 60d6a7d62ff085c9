// The lists of bad inputs: every item has one verdict, and a test that shows it.
#include "tests/lint/item_list.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace fairway::lint {
namespace {

namespace fs = std::filesystem;

const std::vector<ItemGroup> groups{
    {'R', 38, "items_replies.txt"}, {'N', 14, "items_network.txt"}, {'H', 20, "items_listener.txt"},
    {'S', 16, "items_store.txt"},   {'C', 18, "items_config.txt"},  {'L', 12, "items_cli.txt"},
    {'G', 26, "items_git.txt"},     {'D', 8, "items_defaults.txt"},
};

std::optional<std::string> file_of_ours(const std::string& path) {
    const fs::path full = fs::path(FAIRWAY_SOURCE_DIR) / path;
    if (!fs::is_regular_file(full)) return std::nullopt;
    std::ifstream in(full, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

/// Flaws of a list of three items, with one test file that has two tests.
std::vector<std::string> flaws(const std::string& text) {
    const FileReader read = [](const std::string& path) {
        return path == "tests/a_test.cpp" ? std::optional<std::string>(
                                                "TEST_CASE(\"it \\\"holds\\\"\") {}\nTEST_CASE(\n    "
                                                "\"a long title \"\n    \"goes on\"\n) { "
                                                "SUBCASE(\"in part\") {} }"
                                            )
                                          : std::nullopt;
    };
    return flaws_of_list({'R', 3, "items.txt"}, text, read);
}

const std::string one = "R1 | empty | refused | tests/a_test.cpp: it \"holds\"\n";
const std::string two = "R2 | null | the row waits | tests/a_test.cpp: a long title goes on\n";
const std::string three =
    "R3a | [] | refused | tests/a_test.cpp: in part\n"
    "R3b | {} | accepted | tests/a_test.cpp: in part\n";

bool told(const std::string& text, const std::string& what) {
    const auto all = flaws(text);
    return all.size() == 1 && all[0].find(what) != std::string::npos;
}

TEST_CASE("every bad input of the lists has one verdict and a test that shows it") {
    const fs::path folder = fs::path(FAIRWAY_SOURCE_DIR) / "tests/bad_inputs";
    int lists = 0;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const std::string name = entry.path().filename();
        if (!name.starts_with("items_") || !name.ends_with(".txt")) continue;
        CAPTURE(name);
        const auto group = std::find_if(groups.begin(), groups.end(), [&](const ItemGroup& known) {
            return known.file == name;
        });
        REQUIRE_MESSAGE(group != groups.end(), "a list that no group is known for");
        ++lists;
        for (const std::string& flaw :
             flaws_of_list(*group, *file_of_ours("tests/bad_inputs/" + name), file_of_ours)) {
            FAIL_CHECK(name << ": " << flaw);
        }
    }
    CHECK(lists >= 3);
}

TEST_CASE("a list with every item, its verdict and its test has no flaw") {
    CHECK(flaws("# three items\n\n" + one + two + three).empty());
}

TEST_CASE("a list is refused for what it lacks or has twice") {
    CHECK(told(one + three, "R2 is missing"));
    CHECK(told(one + two + two + three, "R2: has a second line"));
    CHECK(told(one + two + three + "R3 | x | refused | tests/a_test.cpp: in part\n", "R3 has variants"));
    CHECK(told(one + two + three.substr(three.find('\n') + 1), "R3 has variants"));
    CHECK(told(one + two + three + "R4 | x | refused | tests/a_test.cpp: in part\n", "no item"));
    CHECK(told(one + two + three + "S1 | x | refused | tests/a_test.cpp: in part\n", "no item"));
    CHECK(told("R1 | empty | | tests/a_test.cpp: in part\n" + two + three, "no verdict"));
    CHECK(told("R1 | | refused | tests/a_test.cpp: in part\n" + two + three, "what comes in"));
    CHECK(told("R1 | empty | refused | ok | tests/a_test.cpp: in part\n" + two + three, "is not ITEM"));
    CHECK(told("R1 | empty | refused\n" + two + three, "is not ITEM"));
}

TEST_CASE("a list is refused for a test that is not there") {
    const std::string start = "R1 | empty | refused | ";
    CHECK(told(start + "tests/b_test.cpp: it holds\n" + two + three, "no file tests/b_test.cpp"));
    CHECK(told(start + "tests/a_test.cpp: it\n" + two + three, "has no test \"it\""));
    CHECK(told(start + "tests/a_test.cpp: a long title\n" + two + three, "has no test"));
    CHECK(told(start + "it holds\n" + two + three, "FILE: TITLE"));
}

}  // namespace
}  // namespace fairway::lint
