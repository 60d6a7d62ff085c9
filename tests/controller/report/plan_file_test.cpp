#include "controller/report/plan_file.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/support/temp_dir.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

PlanFile plan() {
    PlanFile plan{"0123456789abcdef", {}, WallTime(480'000h)};
    plan.scope.paths = {"manifests"};
    plan.scope.names = {"web", "shop"};
    plan.scope.selector = "team=payments";
    plan.scope.allow_replace = {"shop"};
    return plan;
}

struct Saved {
    Saved() { REQUIRE(write_plan(file, plan())); }
    std::string text() const {
        std::ifstream in(file, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    TempDir dir;
    const std::string file = dir.file("plan.json");
};

TEST_CASE("a plan comes back as it was saved, for its owner only") {
    const Saved saved;
    const auto read = read_plan(saved.file);
    REQUIRE(read);
    CHECK(read->digest == plan().digest);
    CHECK(read->until == plan().until);
    CHECK(read->scope.paths == plan().scope.paths);
    CHECK(read->scope.names == plan().scope.names);
    CHECK(read->scope.selector == plan().scope.selector);
    CHECK_FALSE(read->scope.prune);
    CHECK(read->scope.allow_replace == plan().scope.allow_replace);
    CHECK(
        (std::filesystem::status(saved.file).permissions() & std::filesystem::perms::all) ==
        (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write)
    );
}

TEST_CASE("a plan that was edited in whatever field is no plan any more") {
    const Saved saved;
    const std::string whole = saved.text();
    const std::vector<std::pair<std::string, std::string>> edits{
        {"0123456789abcdef", "0123456789abcdee"},
        {"\"manifests\"", "\"others\""},
        {"\"web\",", ""},
        {"team=payments", "team=search"},
        {"\"prune\": false", "\"prune\": true"},
        {"\"allow_replace\": [\n        \"shop\"", "\"allow_replace\": [\n        \"web\""},
        {"2024-", "2034-"},
        {"\"checksum\": \"", "\"checksum\": \"0"},
    };
    for (const auto& [from, to] : edits) {
        CAPTURE(from);
        std::string text = whole;
        const auto at = text.find(from);
        REQUIRE(at != std::string::npos);
        saved.dir.write("plan.json", text.replace(at, from.size(), to));
        const auto read = read_plan(saved.file);
        REQUIRE_FALSE(read);
        CHECK(read.error().what().find("fairway plan --out FILE") != std::string::npos);
    }
    saved.dir.write("plan.json", whole);
    CHECK(read_plan(saved.file));
}

}  // namespace
}  // namespace fairway
