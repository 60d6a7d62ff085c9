// fmt: manifests put into their usual form.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/process/stage.hpp"

namespace fairway {
namespace {

namespace fs = std::filesystem;

std::string read(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

const std::string tidy =
    "apiVersion: fairway/v1\nkind: VpcChannel\nmetadata: {name: one}\nspec:\n  port: 22\n"
    "  instance_ids: [a]\n";
const std::string messy =
    "spec:\n    # kept\n    instance_ids: [a]   \n    port: 22\nmetadata: {name: one}\nkind: "
    "VpcChannel\n"
    "apiVersion: fairway/v1\n";
const std::string mended =
    "apiVersion: fairway/v1\nkind: VpcChannel\nmetadata: {name: one}\nspec:\n  port: 22\n  # kept\n"
    "  instance_ids: [a]\n";

TEST_CASE("fmt rewrites what is untidy, names it, and keeps its mode; a second time does nothing") {
    const Stage stage;
    const std::string file = stage.folder.write("channels/inner/messy.yaml", messy);
    stage.folder.write("channels/tidy.yaml", tidy);
    stage.folder.write("channels/.hidden.yaml", messy);
    stage.folder.write("channels/notes.txt", messy);
    REQUIRE(chmod(file.c_str(), 0640) == 0);
    const std::string folder = stage.folder.file("channels");

    const auto checked = stage.run({"fmt", "--check", folder});
    CHECK(checked.code == 1);
    CHECK(checked.out == file + "\n");
    CHECK(read(file) == messy);

    const auto done = stage.run({"fmt", folder});
    CHECK(done.code == 0);
    CHECK(done.out == file + "\n");
    CHECK(read(file) == mended);
    struct stat status {};
    REQUIRE(stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777U) == 0640);
    CHECK(std::distance(fs::directory_iterator(stage.folder.file("channels/inner")), {}) == 1);
    CHECK(read(stage.folder.file("channels/.hidden.yaml")) == messy);
    CHECK(read(stage.folder.file("channels/notes.txt")) == messy);

    CHECK(stage.run({"fmt", "--check", folder}).code == 0);
    const auto again = stage.run({"fmt", folder});
    CHECK(again.code == 0);
    CHECK(again.out.empty());
}

TEST_CASE("fmt refuses what it cannot read, with the place, and does the rest") {
    const Stage stage;
    const std::string folder = stage.folder.file("channels");
    const std::string broken =
        stage.folder.write("channels/broken.yaml", "apiVersion: fairway/v1\na: [\n");
    const std::string file = stage.folder.write("channels/messy.yaml", messy);
    const auto done = stage.run({"fmt", folder});
    CHECK(done.code == 3);
    CHECK(contains(done.err, broken + ":2:4: "));
    CHECK(read(broken) == "apiVersion: fairway/v1\na: [\n");
    CHECK(read(file) == mended);
    CHECK(stage.run({"fmt", "--check", folder}).code == 3);  // worse than what is only untidy

    for (const std::string& path : {stage.folder.file("missing.yaml"), std::string("/dev/zero")}) {
        const auto refused = stage.run({"fmt", path});
        CHECK(refused.code == 7);
        CHECK(contains(refused.err, path + ": "));
    }
    stage.folder.write("large.yaml", std::string(1024 * 1024 + 1, '#'));
    CHECK(stage.run({"fmt", stage.folder.file("large.yaml")}).code == 3);
}

TEST_CASE("fmt follows a link that it was given, and none that it finds") {
    const Stage stage;
    const std::string file = stage.folder.write("messy.yaml", messy);
    stage.folder.write("channels/tidy.yaml", tidy);
    const std::string link = stage.folder.file("channels/link.yaml");
    fs::create_symlink(file, link);
    CHECK(stage.run({"fmt", stage.folder.file("channels")}).out.empty());
    CHECK(read(file) == messy);
    CHECK(stage.run({"fmt", link}).code == 0);
    CHECK(read(file) == mended);
    CHECK(fs::is_symlink(link));
}

TEST_CASE("fmt - is a filter, and refuses to be anything beside that") {
    const Stage stage;
    const auto filter = [&](const std::string& text, const std::string& flags, int code) {
        stage.folder.write("input", text);
        Process process(
            {"/bin/sh", "-c", FAIRWAY_BINARY " fmt " + flags + " - <" + stage.folder.file("input")},
            stage.folder.path()
        );
        CHECK(process.wait() == code);
        return process.out();
    };
    CHECK(filter(messy, "", 0) == mended);
    CHECK(filter(mended, "", 0) == mended);
    CHECK(filter(messy, "--check", 1) == "-\n");
    CHECK(filter(tidy, "--check", 0).empty());
    CHECK(filter("a: [\n", "", 3) == "a: [\n");
    CHECK(stage.run({"fmt", "-", stage.folder.path()}).code == 3);
}

TEST_CASE("the examples are in their usual form") {
    const Stage stage;
    const auto checked = stage.run({"fmt", "--check", FAIRWAY_SOURCE_DIR "/manifests/examples"});
    CHECK(checked.out.empty());
    CHECK(checked.code == 0);
}

}  // namespace
}  // namespace fairway
