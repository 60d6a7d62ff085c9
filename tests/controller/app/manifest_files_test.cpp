#include "controller/app/manifest_files.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/support/temp_dir.hpp"

namespace fairway {
namespace {

namespace fs = std::filesystem;

std::string content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t entries(const std::string& folder) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), {}));
}

TEST_CASE("files are written whole, with the folders they need, and nothing else stays") {
    const TempDir temp;
    const std::string folder = temp.file("a/b");
    const auto done =
        write_manifest_files(folder, {{"one.yaml", "1\n"}, {"sub/two.yaml", "2\n"}}, false);
    REQUIRE(done);
    CHECK(done->written == 2);
    CHECK(content(folder + "/one.yaml") == "1\n");
    CHECK(content(folder + "/sub/two.yaml") == "2\n");
    CHECK(entries(folder) == 2);
    CHECK(entries(folder + "/sub") == 1);
    const auto again =
        write_manifest_files(folder, {{"one.yaml", "1\n"}, {"sub/two.yaml", "2\n"}}, false);
    REQUIRE(again);
    CHECK(again->written == 0);
    CHECK(again->unchanged == 2);
}

TEST_CASE("one file that says something else keeps all from being written") {
    const TempDir temp;
    temp.write("one.yaml", "0\n");
    const std::vector<ManifestFile> files{{"new.yaml", "n"}, {"one.yaml", "1\n"}};
    const auto refused = write_manifest_files(temp.path(), files, false);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().cls() == ErrorClass::refused);
    CHECK(refused.error().what().find("one.yaml") != std::string::npos);
    CHECK(content(temp.file("one.yaml")) == "0\n");
    CHECK_FALSE(fs::exists(temp.file("new.yaml")));
    const auto forced = write_manifest_files(temp.path(), files, true);
    REQUIRE(forced);
    CHECK(forced->written == 2);
    CHECK(content(temp.file("one.yaml")) == "1\n");
}

TEST_CASE("a folder or a link in the place of a file is refused, also when forced") {
    const TempDir temp;
    fs::create_directory(temp.file("one.yaml"));
    CHECK_FALSE(write_manifest_files(temp.path(), {{"one.yaml", "1"}}, true));
    fs::create_symlink(temp.file("nowhere"), temp.file("two.yaml"));
    CHECK_FALSE(write_manifest_files(temp.path(), {{"two.yaml", "2"}}, true));
    CHECK_FALSE(fs::exists(temp.file("nowhere")));
}

TEST_CASE("a file in the place of the folder is an error that names it") {
    const TempDir temp;
    temp.write("taken", "");
    const auto done = write_manifest_files(temp.file("taken/deep"), {{"one.yaml", "1"}}, false);
    REQUIRE_FALSE(done);
    CHECK(done.error().what().find(temp.file("taken")) != std::string::npos);
}

}  // namespace
}  // namespace fairway
