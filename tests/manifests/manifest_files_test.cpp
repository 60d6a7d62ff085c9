#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <vector>

#include "tests/manifests/manifest_text.hpp"

namespace fairway {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_in(const std::string& folder) {
    std::vector<fs::path> out;
    for (const auto& entry :
         fs::directory_iterator(fs::path(FAIRWAY_TEST_DATA) / "manifests" / folder)) {
        out.push_back(entry.path());
    }
    std::sort(out.begin(), out.end());
    return out;
}

/// What the file says of itself: its lines `# expect: LINE:COLUMN: FIELD: what is wrong` and `# warn:
/// ...`.
std::vector<std::string> expected(const std::string& bytes) {
    std::vector<std::string> out;
    std::istringstream lines(bytes);
    for (std::string line; std::getline(lines, line);) {
        if (line.ends_with('\r')) line.pop_back();
        if (line.starts_with("# expect: ")) out.push_back("error " + line.substr(10));
        if (line.starts_with("# warn: ")) out.push_back("warning " + line.substr(8));
    }
    return out;
}

std::vector<std::string> found(const ManifestSnapshot& snapshot) {
    std::vector<std::string> out;
    for (const auto& problem : snapshot.problems) {
        const std::string severity = problem.severity == Severity::error ? "error " : "warning ";
        out.push_back(
            severity + std::to_string(problem.place.line) + ':' + std::to_string(problem.place.column) +
            ": " + problem.field + ": " + problem.wrong
        );
    }
    return out;
}

/// Everything expected was found, in this order, and nothing else. The file may tell the start of a line
/// only.
void check_same(const std::vector<std::string>& want, const std::vector<std::string>& got) {
    for (std::size_t i = 0; i < std::max(want.size(), got.size()); ++i) {
        const std::string wanted = i < want.size() ? want[i] : "nothing";
        const std::string told = i < got.size() ? got[i] : "nothing";
        if (told.starts_with(wanted)) continue;
        CAPTURE(i);
        CHECK(told == wanted);
        return;
    }
}

TEST_CASE("every good file is accepted, with the warnings it announces") {
    const auto files = files_in("good");
    CHECK(files.size() > 20);
    for (const auto& path : files) {
        CAPTURE(path.filename().string());
        const std::string bytes = test::read_file(path);
        const auto snapshot = assemble({test::file(path.filename(), bytes)}, "test");
        check_same(expected(bytes), found(snapshot));
        CHECK(snapshot.complete());
        CHECK((snapshot.manifests.empty() == (path.filename() == "only-comments.yaml")));
    }
}

TEST_CASE("every bad file is refused, for all and only the reasons it announces") {
    const auto files = files_in("bad");
    CHECK(files.size() > 60);
    for (const auto& path : files) {
        CAPTURE(path.filename().string());
        const std::string bytes = test::read_file(path);
        const auto want = expected(bytes);
        CHECK_FALSE(want.empty());
        const auto snapshot = assemble({test::file(path.filename(), bytes)}, "test");
        check_same(want, found(snapshot));
        CHECK_FALSE(snapshot.complete());
        CHECK(snapshot.manifests.empty());
    }
}

TEST_CASE("every error says what would be right, or is plain by itself") {
    for (const auto& path : files_in("bad")) {
        const auto reading = test::file(path.filename(), test::read_file(path));
        for (const auto& problem : reading->problems) {
            CAPTURE(to_string(problem));
            CHECK_FALSE(problem.wrong.empty());
            CHECK_FALSE(problem.advice.empty());
            CHECK(problem.place.line > 0);
            CHECK(problem.place.column > 0);
        }
    }
}

TEST_CASE("no message repeats a password") {
    const auto reading =
        *test::file("password.yaml", test::read_file(FAIRWAY_TEST_DATA "/manifests/bad/password.yaml"));
    CHECK(reading.problems.size() > 10);
    CHECK(test::told(reading).find("hunter") == std::string::npos);
    CHECK(test::told(reading).find("12345") == std::string::npos);
}

TEST_CASE("a file that is cut short is refused or means what it says, and never ends the program") {
    for (const auto* group : {"good", "bad"}) {
        for (const auto& path : files_in(group)) {
            const std::string bytes = test::read_file(path);
            const std::size_t step = 1 + bytes.size() / 40;
            for (std::size_t size = 0; size < bytes.size(); size += step) {
                const auto reading = test::file("cut.yaml", bytes.substr(0, size));
                CHECK((reading->invalid > 0 || reading->unreadable.empty()));
            }
        }
    }
}

}  // namespace
}  // namespace fairway
