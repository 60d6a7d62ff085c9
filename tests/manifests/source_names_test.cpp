#include "manifests/source_names.hpp"

#include <doctest/doctest.h>

using namespace fairway;

TEST_CASE("a manifest's name ends in .yaml, .yml or .json; editors' files do not count") {
    for (const char* name : {"a.yaml", "a.yml", "a.json", "with space.yaml", "a.b.yaml"}) {
        CAPTURE(name);
        CHECK(is_manifest_name(name));
    }
    for (const char* name :
         {"a.txt", "a.yaml~", "#a.yaml#", ".#a.yaml", ".a.yaml.swp", "4913", "yaml", ".yaml",
          "a.yaml.bak", "a.YAML", "a.yaml___jb_tmp___", ""}) {
        CAPTURE(name);
        CHECK_FALSE(is_manifest_name(name));
    }
}

TEST_CASE("a name is shown without what would forge a line") {
    CHECK(printable_name("a\nb\x1b.yaml") == "a?b?.yaml");
    CHECK(has_control_characters("a\x7f"));
    CHECK_FALSE(has_control_characters("gr\xc3\xbc\xc3\x9f"));
}

TEST_CASE("paths are joined as people write them") {
    CHECK(path_below("a", "b") == "a/b");
    CHECK(path_below("/", "b") == "/b");
    CHECK(path_below(".", "b") == "b");
}
