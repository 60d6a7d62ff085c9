#include "manifests/write/yaml_text.hpp"

#include <doctest/doctest.h>

#include <array>
#include <random>

#include "manifests/yaml_reader.hpp"
#include "manifests/yaml_scalar.hpp"

namespace fairway {
namespace {

TEST_CASE("what any YAML reader takes for text stays as it is") {
    for (const char* text :
         {"VPC_demo", "wrr", "192.168.0.5", "eea73cde015940908ae0117d67bf7330", "/vpc/demo", "渠道",
          "73d69ae0cfcf460190522d06b60f05ad", "two words", "a.b-c", "_x", "example.com", "naïve", "Ω"}) {
        CAPTURE(text);
        CHECK(yaml_text(text) == text);
    }
}

TEST_CASE("what YAML 1.2 or 1.1 takes for another type is quoted") {
    for (const char* text :
         {"200",        "0",     "007",  "1e3",  "1E3",   "5e7330", "0x1F",  "0o17",
          "0b101",      "1.5",   "1.",   ".5",   "1_000", "true",   "False", "yes",
          "No",         "ON",    "off",  "y",    "N",     "null",   "Null",  "~",
          "2026-12-01", "1.2.3", ".inf", ".NaN", "-1",    "+1",     "12:30", "1:20:3",
          "-",          "---",   "...",  "=",    "<<",    "-inf",   "1__0",  "0b1_0"}) {
        CAPTURE(text);
        CHECK(yaml_text(text) == "\"" + std::string(text) + "\"");
    }
}

TEST_CASE("what would end, begin or break a scalar is quoted and escaped") {
    CHECK(yaml_text("") == "\"\"");
    CHECK(yaml_text(" a") == "\" a\"");
    CHECK(yaml_text("a ") == "\"a \"");
    CHECK(yaml_text("a: b") == "\"a: b\"");
    CHECK(yaml_text("a #b") == "\"a #b\"");
    CHECK(yaml_text("a,b") == "\"a,b\"");
    CHECK(yaml_text("{a}") == "\"{a}\"");
    CHECK(yaml_text("*a") == "\"*a\"");
    CHECK(yaml_text("::1") == "\"::1\"");
    CHECK(yaml_text("a\"b\\c") == "\"a\\\"b\\\\c\"");
    CHECK(yaml_text("a\nb\tc\r") == "\"a\\nb\\tc\\x0D\"");
    CHECK(yaml_text("a\u2028b") == "\"a\\u2028b\"");
    CHECK(yaml_text("a\u202Eb") == "\"a\\u202Eb\"");
    CHECK(yaml_text("\uFEFFa") == "\"\\uFEFFa\"");
    CHECK(yaml_text("a\xff") == "\"a\\xFF\"");
}

std::string utf8(char32_t c) {
    std::string out;
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += static_cast<char>(0xC0 | (c >> 6));
        out += static_cast<char>(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        out += static_cast<char>(0xE0 | (c >> 12));
        out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (c & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | (c >> 18));
        out += static_cast<char>(0x80 | ((c >> 12) & 0x3F));
        out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
        out += static_cast<char>(0x80 | (c & 0x3F));
    }
    return out;
}

TEST_CASE("whatever is written is read back as the same text, in block and in flow style") {
    constexpr std::array<char32_t, 26> odd{U'"', U'\\', U':', U'#',   U',',   U'[',   U'}', U'-',   U'~',
                                           U' ', U'e',  U'0', U'1',   U'.',   U'_',   U'x', U'y',   U'n',
                                           U'!', U'&',  U'*', 0x2028, 0x200B, 0x6E20, 0xE9, 0x1F6A2};
    std::mt19937 random(11);
    for (int round = 0; round < 3000; ++round) {
        std::string text;
        for (std::size_t size = random() % 8; size > 0; --size) text += utf8(odd[random() % odd.size()]);
        CAPTURE(text);
        const std::string scalar = yaml_text(text);
        CAPTURE(scalar);
        const YamlFile file = read_yaml("f", "block: " + scalar + "\nflow: {a: " + scalar + ", b: 1}\n");
        REQUIRE_FALSE(file.broken);
        REQUIRE(file.documents.size() == 1);
        CHECK(file.documents[0].problems.empty());
        const YamlNode& root = file.documents[0].root;
        for (const YamlNode* node : {root.find("block"), root.find("flow")->find("a")}) {
            REQUIRE(node->kind == YamlNode::Kind::scalar);
            CHECK(node->text == text);
            CHECK((node->quoted || scalar_type(node->text) == ScalarType::text));
        }
    }
}

}  // namespace
}  // namespace fairway
