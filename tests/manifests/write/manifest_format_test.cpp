#include "manifests/write/manifest_format.hpp"

#include <doctest/doctest.h>

#include <filesystem>

#include "manifests/manifests.hpp"
#include "manifests/write/manifest_text.hpp"
#include "tests/manifests/manifest_text.hpp"
#include "tests/manifests/write/short_order.hpp"

namespace fairway {
namespace {

std::string formatted(const std::string& text, const std::string& file = "a.yaml") {
    const FormattedManifests out = format_manifests(file, text, short_order());
    CAPTURE(text);
    CAPTURE(out.problems.empty() ? "" : to_string(out.problems.front()));
    CHECK(out.problems.empty());
    CHECK(format_manifests(file, out.text, short_order()).text == out.text);  // once is enough
    return out.text;
}

std::string refusal(const std::string& text) {
    const FormattedManifests out = format_manifests("a.yaml", text, short_order());
    CHECK(out.text == text);
    return out.problems.empty() ? "" : to_string(out.problems.front());
}

const std::string messy = R"(# yaml-language-server: $schema=./fairway.schema.json
# Of the shop.

spec:
      # on all instances
      instance_ids:
      - eea73   # the old one   
      - ddd73
      members:
      # the first
      -   weight: 1
          # its address
          host: 192.168.0.5   
      - {weight: 1, host: 192.168.0.6}


      port: 22 # ssh
      member_type: ip
      # nothing else
kind: VpcChannel
# who
metadata:
    annotations:
        note: |
            # no comment   

              deeper
    name: shop
apiVersion: fairway/v1
# the end
)";
const std::string tidy = R"(# yaml-language-server: $schema=./fairway.schema.json
# Of the shop.

apiVersion: fairway/v1
kind: VpcChannel
# who
metadata:
  name: shop
  annotations:
    note: |
        # no comment   

          deeper
spec:
  port: 22 # ssh
  member_type: ip
  members:
    # the first
    # its address
    - host: 192.168.0.5
      weight: 1
    - {weight: 1, host: 192.168.0.6}
  # on all instances
  instance_ids:
    - eea73   # the old one
    - ddd73
  # nothing else
# the end
)";

TEST_CASE("keys come in order, with the comments above them, indented by two") {
    CHECK(formatted(messy) == tidy);
    CHECK(formatted(tidy) == tidy);
}

TEST_CASE("line ends, marks and empty lines are the usual ones") {
    const std::string one = "apiVersion: fairway/v1\nkind: VpcChannel\nmetadata: {name: one}\n";
    const std::string spec = "spec:\n  port: 22\n  instance_ids: [a]\n";
    CHECK(
        formatted("\xEF\xBB\xBF" + one + "spec:\r\n\r\n    port: 22\t\r\n    instance_ids: [a]") ==
        one + spec
    );
    const std::string two = "---\n" + one + spec + "---\n# nothing but this\n---\n" + one + spec;
    std::string loose = two;
    for (std::size_t at = 0; (at = loose.find("---\n", at)) != std::string::npos; at += 6) {
        loose.insert(at + 3, "  ");
    }
    CHECK(formatted(loose + "\n\n") == two);
    CHECK(formatted(one + spec + "\n\n\n---\n") == one + spec + "---\n");
}

TEST_CASE("what is written in braces, and what goes over several lines, is moved as one") {
    const std::string text =
        "spec:\n"
        "    instance_ids: [a,\n"
        "        b,  # the second\n"
        "      c]\n"
        "    member_groups: [{member_group_name: blue, member_group_remark: \"a # b\n"
        "        c\\\n"
        "        d   \"}]\n"
        "    port:\n"
        "      22\n"
        "apiVersion: fairway/v1\n"
        "kind: VpcChannel\n"
        "metadata: {labels: {team: a},\n"
        "  name: one}\n";
    CHECK(
        formatted(text) ==
        "apiVersion: fairway/v1\n"
        "kind: VpcChannel\n"
        "metadata: {labels: {team: a},\n"
        "  name: one}\n"
        "spec:\n"
        "  port:\n"
        "    22\n"
        "  member_groups: [{member_group_name: blue, member_group_remark: \"a # b\n"
        "      c\\\n"
        "      d   \"}]\n"
        "  instance_ids: [a,\n"
        "      b,  # the second\n"
        "    c]\n"
    );
}

TEST_CASE("what is laid out in no usual way stays as it is") {
    const std::string json = R"({"spec": {"port": 22, "instance_ids": ["a"]}, "kind": "VpcChannel",
  "metadata": {"name": "one"},   "apiVersion": "fairway/v1"})"
                             "\n";
    CHECK(formatted(json, "a.json") == json);
    for (const std::string note : {"|+\n      a\n\n", "|2\n        a\n", ">-1\n      a\n"}) {
        const std::string text =
            "spec:\n    port: 22\n    instance_ids: [a]\nmetadata:\n    name: one\n"
            "    annotations:\n     note: " +
            note + "apiVersion: fairway/v1\nkind: VpcChannel\n";
        CHECK(formatted(text) == text);
    }
    // A part of it stays together, and the rest is put in order.
    CHECK(
        formatted("kind: VpcChannel\napiVersion: fairway/v1\nspec:\n port: 22\n instance_ids:\n  -\n"
                  "   a\nmetadata:\n ? name\n : one\n") ==
        "apiVersion: fairway/v1\nkind: VpcChannel\nmetadata:\n ? name\n : one\nspec:\n  port: 22\n"
        "  instance_ids:\n   -\n    a\n"
    );
}

TEST_CASE("the defaults of a directory are put in order as channels are") {
    CHECK(
        formatted("spec:\n    port: 22\nkind: ChannelDefaults\napiVersion: fairway/v1\n") ==
        "apiVersion: fairway/v1\nkind: ChannelDefaults\nspec:\n  port: 22\n"
    );
}

TEST_CASE("the documents of other programs stay as they are") {
    const std::string foreign = "metadata:   {name: &a x}\nkind: Service\napiVersion: v1\nb: *a\n";
    CHECK(formatted(foreign) == foreign);
    const std::string ours =
        "apiVersion: fairway/v1\nkind: VpcChannel\nmetadata: {name: one}\nspec:\n"
        "  port: 22\n  instance_ids: [a]\n";
    const std::string other = "kind:   Service\napiVersion: v1\n";
    CHECK(formatted(other + "---\n" + ours) == other + "---\n" + ours);
}

TEST_CASE("what cannot be read is left as it is, and told with its place") {
    CHECK(refusal("apiVersion: fairway/v1\nspec: [\n").starts_with("a.yaml:2:7: "));
    CHECK(refusal("apiVersion: fairway/v1\nspec: {port: 1}\nspec: {port: 2}\n")
              .starts_with("a.yaml:3:1: spec: the key is given twice"));
    CHECK(refusal("apiVersion: fairway/v1\nkind: &a VpcChannel\n").find("anchors") != std::string::npos);
    CHECK(refusal("\x01").starts_with("a.yaml:1:1: "));
    // What is only wrong is put in order: validate tells what is wrong.
    CHECK(
        formatted("spec: {port: 70000}\nnonsense: 1\napiVersion: fairway/v1\nkind: VpcChannel\n") ==
        "apiVersion: fairway/v1\nkind: VpcChannel\nspec: {port: 70000}\nnonsense: 1\n"
    );
    // Text above the keys, which yaml-cpp takes for a document of its own.
    const std::string odd = "# a\n null\n# b\napiVersion: fairway/v1\nspec:\n  port: 22\n";
    CHECK(format_manifests("a.yaml", odd, short_order()).text == odd);
    CHECK(refusal("").empty());
    CHECK(refusal("# only this   \n").empty());
}

TEST_CASE("what export writes is in its usual form") {
    ManifestDraft draft;
    draft.name = "shop";
    draft.adopt_if_equal = true;
    const FileManifests file = parse_manifests("a.yaml", tidy, {});
    REQUIRE(file.manifests.size() == 1);
    draft.spec = file.manifests.front()->spec;
    const std::string text = schema_line() + manifest_text(draft);
    CHECK(formatted(text) == text);
}

TEST_CASE("every file of the tests is put in order without harm, or refused") {
    std::size_t files = 0;
    for (const char* folder : {"/good", "/bad"}) {
        for (const auto& one :
             std::filesystem::directory_iterator(FAIRWAY_TEST_DATA "/manifests" + std::string(folder))) {
            const std::string text = test::read_file(one.path());
            CAPTURE(one.path().string());
            const FormattedManifests out = format_manifests(one.path().string(), text, short_order());
            if (!out.problems.empty()) {
                CHECK(std::string(folder) == "/bad");
                CHECK(out.text == text);
            }
            CHECK(format_manifests("a.yaml", out.text, short_order()).text == out.text);
            ++files;
        }
    }
    CHECK(files > 20);
}

}  // namespace
}  // namespace fairway
