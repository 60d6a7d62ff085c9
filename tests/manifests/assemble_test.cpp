#include <doctest/doctest.h>

#include "tests/manifests/manifest_text.hpp"

namespace fairway {
namespace {

using test::file;
using test::manifest;
using test::told;

const ChannelKey abc{"default", "abc"};

TEST_CASE("manifests of several files become one snapshot") {
    const auto snapshot = assemble(
        {file("b.yaml", manifest("other")),
         file("a.yaml", manifest("abc") + "---\n" + manifest("third"))},
        "here"
    );
    CHECK(snapshot.source == "here");
    CHECK(snapshot.files == 2);
    CHECK(snapshot.manifests.size() == 3);
    CHECK(snapshot.complete());
    REQUIRE(snapshot.find(abc));
    CHECK(snapshot.find(abc)->place.file == "a.yaml");
    CHECK(snapshot.find(abc)->place.line == 1);
}

TEST_CASE("no file at all is a complete snapshot without manifests") {
    const auto snapshot = assemble({}, "here");
    CHECK(snapshot.complete());
    CHECK(snapshot.manifests.empty());
    CHECK_FALSE(snapshot.revision.empty());
}

TEST_CASE("a channel declared in two files is refused at both places and left alone") {
    const auto snapshot =
        assemble({file("a.yaml", manifest("abc")), file("b.yaml", manifest("abc"))}, "here");
    CHECK(snapshot.manifests.empty());
    CHECK(snapshot.unreadable.contains(abc));
    CHECK(snapshot.invalid == 2);
    CHECK_FALSE(snapshot.complete());
    CHECK(
        told(snapshot) ==
        "a.yaml:1:1: metadata.name: the channel \"abc\" of project \"default\" is declared twice, also "
        "at "
        "b.yaml:1:1; keep one of them\n"
        "b.yaml:1:1: metadata.name: the channel \"abc\" of project \"default\" is declared twice, also "
        "at "
        "a.yaml:1:1; keep one of them\n"
    );
}

TEST_CASE("one name in two projects is two channels") {
    const std::string other =
        "apiVersion: fairway/v1\nkind: VpcChannel\nmetadata: {name: abc, project: second}\n"
        "spec: {port: 1, instance_ids: [a]}\n";
    const auto snapshot = assemble({file("a.yaml", manifest("abc")), file("b.yaml", other)}, "here");
    CHECK(snapshot.complete());
    CHECK(snapshot.manifests.size() == 2);
}

TEST_CASE("names that differ only by case are warned of and kept") {
    const auto snapshot =
        assemble({file("a.yaml", manifest("abc")), file("b.yaml", manifest("ABC"))}, "here");
    CHECK(snapshot.manifests.size() == 2);
    CHECK(snapshot.complete());
    REQUIRE(snapshot.problems.size() == 1);
    CHECK(snapshot.problems[0].severity == Severity::warning);
    CHECK(snapshot.problems[0].wrong.find("differ only by case") != std::string::npos);
}

TEST_CASE("a broken file stops its own channels and no others") {
    const auto snapshot = assemble(
        {file("a.yaml", manifest("abc", "  prot: 1\n")), file("b.yaml", manifest("fine"))}, "here"
    );
    CHECK(snapshot.unreadable.contains(abc));
    CHECK(snapshot.find({"default", "fine"}));
    CHECK_FALSE(snapshot.complete());
}

TEST_CASE("a channel is held back while a broken document declares it too") {
    const auto snapshot = assemble(
        {file("a.yaml", manifest("abc", "  prot: 1\n")), file("b.yaml", manifest("abc"))}, "here"
    );
    CHECK(snapshot.unreadable.contains(abc));
    CHECK_FALSE(snapshot.find(abc));
    CHECK(
        told(snapshot).find("b.yaml:1:1: warning: metadata.name: the channel \"abc\"") !=
        std::string::npos
    );
}

TEST_CASE("the revision tells what was read, whatever the order of files") {
    const auto a = file("a.yaml", manifest("abc")), b = file("b.yaml", manifest("other"));
    const auto revision = assemble({a, b}, "here").revision;
    CHECK(revision.size() == 32);
    CHECK(assemble({b, a}, "here").revision == revision);
    CHECK(assemble({a}, "here").revision != revision);
    CHECK(assemble({a, file("b.yaml", manifest("other", "# edited\n"))}, "here").revision != revision);
    CHECK(assemble({a, file("c.yaml", manifest("other"))}, "here").revision != revision);
    ManifestContext elsewhere;
    elsewhere.projects = {"second"};
    CHECK(assemble({a, file("b.yaml", manifest("other"), elsewhere)}, "here").revision != revision);
}

TEST_CASE("the schema itself may lie beside the manifests, and a manifest may name it") {
    const auto schema = file("fairway.schema.json", std::string(manifest_schema()));
    CHECK(schema->ignored == 1);
    CHECK(schema->invalid == 0);
    const std::string named = "\"$schema\": ./fairway.schema.json\n" + manifest("web");
    CHECK(file("web.yaml", named)->manifests.size() == 1);
}

TEST_CASE("documents of other programs are counted and otherwise ignored") {
    const auto snapshot =
        assemble({file("a.yaml", "apiVersion: v1\nkind: Secret\n---\n" + manifest("abc"))}, "here");
    CHECK(snapshot.complete());
    CHECK(snapshot.ignored == 1);
    CHECK(snapshot.manifests.size() == 1);
}

TEST_CASE("a VpcChannel of an unknown apiVersion is a typo of ours, not another program's document") {
    std::string text = manifest("abc");
    text.replace(text.find("fairway/v1"), 10, "fiarway/v1");
    const auto snapshot = assemble({file("a.yaml", text)}, "here");
    CHECK_FALSE(snapshot.complete());
    CHECK(snapshot.ignored == 0);
    CHECK(snapshot.unreadable.size() == 1);
}

TEST_CASE("with a file that is empty the wish is not whole, which a comment makes it") {
    for (const std::string bytes : {"", "\xEF\xBB\xBF", "\n \t\r\n", "---\n", "---\n...\n"}) {
        const auto snapshot = assemble({file("a.yaml", bytes), file("b.yaml", manifest("abc"))}, "here");
        CHECK_FALSE(snapshot.complete());
        CHECK(snapshot.invalid == 0);
        REQUIRE(snapshot.problems.size() == 1);
        CHECK(snapshot.problems[0].severity == Severity::warning);
        CHECK(snapshot.problems[0].place.file == "a.yaml");
    }
    CHECK(assemble({file("a.yaml", "# gone\n"), file("b.yaml", manifest("abc"))}, "here").complete());
}

}  // namespace
}  // namespace fairway
