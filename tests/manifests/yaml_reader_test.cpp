#include "manifests/yaml_reader.hpp"

#include <doctest/doctest.h>

namespace fairway {
namespace {

YamlNode only_root(std::string_view text) {
    YamlFile read = read_yaml("a.yaml", text);
    REQUIRE_FALSE(read.broken);
    REQUIRE(read.documents.size() == 1);
    CHECK(read.documents[0].problems.empty());
    return std::move(read.documents[0].root);
}

std::string broken(std::string_view text) {
    const YamlFile read = read_yaml("a.yaml", text);
    return read.broken ? to_string(*read.broken) : "";
}

std::string problems(std::string_view text) {
    std::string out;
    const YamlFile read = read_yaml("a.yaml", text);
    for (const auto& document : read.documents) {
        for (const auto& problem : document.problems) out += to_string(problem) + '\n';
    }
    return out;
}

TEST_CASE("the tree keeps order, places and what was quoted") {
    const YamlNode root = only_root("b: 1\na:\n  - \"2\"\n  - {x: y}\n");
    REQUIRE(root.kind == YamlNode::Kind::mapping);
    REQUIRE(root.entries.size() == 2);
    CHECK(root.entries[0].key == "b");
    CHECK(root.entries[0].key_at == Position{1, 1});
    CHECK(root.entries[0].value.at == Position{1, 4});
    CHECK_FALSE(root.entries[0].value.quoted);
    const YamlNode& list = root.entries[1].value;
    CHECK(list.at == Position{3, 3});
    CHECK(list.items[0].quoted);
    CHECK(list.items[0].text == "2");
    CHECK(list.items[1].find("x")->text == "y");
    CHECK(list.items[1].find("z") == nullptr);
}

TEST_CASE("columns count characters, also behind a byte order mark and wide ones") {
    const YamlNode root = only_root("\xEF\xBB\xBF{网关: {a: 1}}");
    CHECK(root.entries[0].key_at == Position{1, 2});
    CHECK(root.entries[0].value.find("a")->at == Position{1, 10});
}

TEST_CASE("a block is text, whatever it looks like") {
    const YamlNode root = only_root("a: |\n  22\nb: >-\n  true\n");
    CHECK(root.find("a")->quoted);
    CHECK(root.find("a")->text == "22\n");
    CHECK(root.find("b")->text == "true");
}

TEST_CASE("null is null, and its text is not") {
    const YamlNode root = only_root("a: ~\nb:\nc: 'null'\n");
    CHECK(root.find("a")->kind == YamlNode::Kind::null);
    CHECK(root.find("b")->kind == YamlNode::Kind::null);
    CHECK(root.find("b")->at == Position{2, 1});
    CHECK(root.find("c")->kind == YamlNode::Kind::scalar);
}

TEST_CASE("every document is read, and empty ones are left out") {
    const YamlFile read = read_yaml("a.yaml", "a: 1\n---\n---\n# nothing\n---\nb: 2\n...\n");
    CHECK(read.documents.size() == 2);
}

TEST_CASE("what has two readings is refused with its place and path") {
    CHECK(
        problems("a: {b: 1, b: 2}") ==
        "a.yaml:1:11: a.b: the key is given twice, first at line 1, column 5; keep one of them\n"
    );
    CHECK(
        problems("a: [x, &y z]") == "a.yaml:1:8: a[1]: anchors are not supported; write the value out\n"
    );
    CHECK(problems("a: &x 1\nb: *x")
              .ends_with("a.yaml:2:4: b: aliases are not supported; write the value out\n"));
    CHECK(problems("a: !!str 5") == "a.yaml:1:4: a: tags are not supported; leave the tag out\n");
    CHECK(problems("a: ! 5") == "a.yaml:1:4: a: tags are not supported; leave the tag out\n");
    CHECK(problems("? [a]\n: 1").find("a key that is not text") != std::string::npos);
    CHECK(problems("<<: {a: 1}").find("merge keys are not supported") != std::string::npos);
    CHECK(problems("\"<<\": {a: 1}").empty());
}

TEST_CASE("a quote that is not closed is told where it starts") {
    CHECK(broken("a: 1\nb: \"x\n\nc: d\n") == "a.yaml:2:4: b: this quote is not closed; close it");
    CHECK(broken("a: 'it''s\n") == "a.yaml:1:4: a: this quote is not closed; close it");
    CHECK(broken("a: \"x\n---\nb: 1\n") == "a.yaml:1:4: a: this quote is not closed; close it");
    CHECK(broken("a: \"x\\\"\n").find("not closed") != std::string::npos);
    CHECK(broken("a: \"x\\\\\"\nb: 'it''s'\n").empty());
}

TEST_CASE("syntax errors say what to look for") {
    CHECK(
        broken("a: [1, 2\nb: 3\n") ==
        "a.yaml:1:4: this list is not closed; look for a missing ] or comma"
    );
    CHECK(
        broken("a: {b: 1\n") == "a.yaml:1:4: this mapping is not closed; look for a missing } or comma"
    );
    CHECK(broken("a: b: c\n").find("quote text that contains") != std::string::npos);
    CHECK(broken("a:\n\tb: 1\n").find("indented by a tab") != std::string::npos);
    CHECK(broken("a: @b\n").find("put the text in quotes") != std::string::npos);
    CHECK(broken("a: *b\n").find("aliases are not supported") != std::string::npos);
}

TEST_CASE("a document that breaks off leaves what was read of it") {
    const YamlFile read = read_yaml("a.yaml", "metadata: {name: abc}\nspec: [\n");
    REQUIRE(read.broken);
    REQUIRE(read.documents.size() == 1);
    CHECK(read.documents[0].root.find("metadata")->find("name")->text == "abc");
}

TEST_CASE("paths read as people write them") {
    CHECK(join_path("", "spec") == "spec");
    CHECK(join_path("spec.members", 0) == "spec.members[0]");
    CHECK(join_path("labels", "a b") == "labels[\"a b\"]");
    CHECK(join_path("labels", "a.b") == "labels[\"a.b\"]");
    CHECK(join_path("labels", "") == "labels[\"\"]");
}

}  // namespace
}  // namespace fairway
