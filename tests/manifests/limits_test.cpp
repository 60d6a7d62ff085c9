#include <doctest/doctest.h>

#include <chrono>

#include "manifests/yaml_reader.hpp"
#include "tests/manifests/manifest_text.hpp"

namespace fairway {
namespace {

using test::file;
using test::manifest;
using test::told;

std::string times(const std::string& text, std::size_t count) {
    std::string out;
    for (std::size_t i = 0; i < count; ++i) out += text;
    return out;
}

TEST_CASE("an empty file, and one of a byte order mark alone, declare nothing") {
    for (const std::string bytes : {"", "\xEF\xBB\xBF", "\n\n", "---\n", "---\n---\n...\n", "~\n"}) {
        const auto reading = file("a.yaml", bytes);
        CHECK(told(*reading).empty());
        CHECK(reading->invalid == 0);
        CHECK(reading->manifests.empty());
    }
}

TEST_CASE("UTF-16 and UTF-32 are refused by name, with and without a byte order mark") {
    const std::vector<std::string> texts{
        std::string(
            "\xFF\xFE"
            "a\0:\0",
            6
        ),
        std::string("\xFE\xFF\0a\0:", 6),
        std::string("\xFF\xFE\0\0a\0\0\0", 8),
        std::string("\0\0\xFE\xFF\0\0\0a", 8),
        std::string("a\0:\0", 4),
        std::string("\0a\0:", 4),
        std::string("a\0\0\0", 4)};
    for (const auto& bytes : texts) {
        CHECK(
            told(*file("a.yaml", bytes)) == "a.yaml:1:1: UTF-16 or UTF-32 text; save the file as UTF-8\n"
        );
    }
}

TEST_CASE("a file of 1 MiB is read, and one byte more is refused") {
    std::string bytes = manifest("abc") + "# ";
    bytes += std::string(max_manifest_bytes - bytes.size(), 'x');
    CHECK(told(*file("a.yaml", bytes)).empty());
    bytes += 'x';
    CHECK(told(*file("a.yaml", bytes)) == "a.yaml:1:1: larger than 1 MiB; split the file\n");
}

TEST_CASE("one text of nearly 1 MiB is refused for its length, in a short message") {
    const auto reading =
        file("a.yaml", manifest("abc", "  dict_code: " + std::string(1'000'000, 'x') + '\n'));
    CHECK(
        told(*reading) ==
        "a.yaml:7:14: spec.dict_code: has 1000000 characters; write 3 to 64 characters\n"
    );
}

TEST_CASE("nesting of 32 levels is read, and 33 are refused, however they are written") {
    const auto nested = [](std::size_t levels) {
        return "apiVersion: other\nx: " + times("[", levels - 1) + times("]", levels - 1) + '\n';
    };
    CHECK(told(*file("a.yaml", nested(32))).empty());
    CHECK(
        told(*file("a.yaml", nested(33))).find("nested more than 32 levels deep") != std::string::npos
    );
    for (const std::size_t levels : {33u, 1'000u, 200'000u}) {
        for (const std::string open : {"[", "{", "- ", "? ", "[\n", "{a: ", "[a: ", "- - "}) {
            CAPTURE(levels);
            CAPTURE(open);
            const auto reading = file("a.yaml", times(open, levels));
            CHECK(reading->invalid == 1);
            REQUIRE(reading->problems.size() == 1);
            const bool too_large = open.size() * levels > max_manifest_bytes;
            CHECK(
                reading->problems[0].wrong ==
                (too_large ? "larger than 1 MiB" : "nested more than 32 levels deep")
            );
        }
    }
}

TEST_CASE("100,000 keys and 1,001 documents in a file are refused") {
    std::string keys;
    for (int i = 0; i < 100'000; ++i) keys += "k" + std::to_string(i) + ":\n";
    CHECK(told(*file("a.yaml", keys)).find("more than 100,000 values") != std::string::npos);
    CHECK(
        told(*file("a.yaml", times("--- a\n", 1'001))).find("more than 1,000 documents") !=
        std::string::npos
    );
}

TEST_CASE("aliases cost nothing, however much they would stand for") {
    std::string bomb = "apiVersion: fairway/v1\nkind: VpcChannel\na0: &a0 [x]\n";
    for (int i = 1; i < 9; ++i) {
        const std::string before = "*a" + std::to_string(i - 1) + ", ";
        bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + times(before, 9) + "x]\n";
    }
    const auto reading = file("a.yaml", bomb);
    CHECK(reading->invalid == 1);
    CHECK(reading->problems.size() <= 101);
}

TEST_CASE("no file of 1 MiB takes long") {
    for (const std::string piece :
         {"[", "\"", "'", "a: ", "&a ", "*a ", "!a ", "? ", ": ", "- ", "---\n", "%a\n", "[1,", "{a,",
          "k: |\n", "#", "\xE4\xB8\x80"}) {
        CAPTURE(piece);
        const auto start = std::chrono::steady_clock::now();
        file("a.yaml", times(piece, max_manifest_bytes / piece.size()));
        const auto took = std::chrono::steady_clock::now() - start;
        CHECK(
            took < std::chrono::seconds(20)
        );  // some tenths of a second; much more only under a sanitizer
    }
}

}  // namespace
}  // namespace fairway
