// Dependencies point one way: a floor includes only what lies below it, and an edge knows no other edge.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <regex>
#include <set>

#include "tests/lint/sources.hpp"

namespace fairway::lint {
namespace {

/// What each folder may include of ours, its own files aside.
const std::map<std::string, std::set<std::string>> allowed{
    // floor 0: the ground
    {"reconciler/model", {}},
    {"reconciler/schedule", {"reconciler/model"}},
    {"reconciler/plan", {"reconciler/model"}},
    // floor 1: the engine
    {"reconciler/ports", {"reconciler/model", "reconciler/plan", "reconciler/schedule"}},
    {"controller/async", {"reconciler/model", "reconciler/ports"}},
    {"reconciler/engine",
     {"reconciler/model", "reconciler/plan", "reconciler/schedule", "reconciler/ports",
      "controller/async"}},
    // floor 2: the edges
    {"manifests", {"reconciler/model"}},
    {"manifests/directory", {"manifests", "reconciler/model", "reconciler/ports", "controller/async"}},
    {"manifests/git",
     {"manifests", "reconciler/model", "reconciler/ports", "reconciler/schedule", "controller/async"}},
    {"manifests/write", {"manifests", "reconciler/model", "reconciler/plan"}},
    {"metrics", {"reconciler/model", "reconciler/plan", "reconciler/schedule", "reconciler/ports"}},
    {"controller/net", {}},
    {"controller/log", {"reconciler/model"}},
    {"controller/codec", {"reconciler/model"}},
    {"controller/api",
     {"controller/codec", "controller/async", "controller/net", "reconciler/model", "reconciler/ports",
      "reconciler/schedule"}},
    {"controller/store",
     {"controller/codec", "controller/async", "reconciler/model", "reconciler/ports"}},
    {"controller/report",
     {"controller/codec", "reconciler/model", "reconciler/plan", "reconciler/ports",
      "reconciler/engine"}},
    {"controller/listener",
     {"controller/async", "controller/net", "reconciler/model", "reconciler/ports"}},
};

/// The assembly may know everything.
const std::set<std::string> assembly{"controller/app", "controller/app/config", "controller/cli"};

std::string folder_of(const std::string& path) {
    return path.substr(0, path.rfind('/'));
}

TEST_CASE("a folder includes only the folders below it") {
    const std::regex include("#include \"([^\"]+)\"");
    int includes = 0;
    for (const SourceFile& file : sources_below({"reconciler", "manifests", "metrics", "controller"})) {
        const std::string folder = folder_of(file.path);
        if (assembly.contains(folder)) continue;
        CAPTURE(file.path);
        REQUIRE_MESSAGE(allowed.contains(folder), "a folder that no floor knows");
        for (std::sregex_iterator it(file.text.begin(), file.text.end(), include), end; it != end;
             ++it) {
            const std::string target = folder_of((*it)[1]);
            ++includes;
            CAPTURE(target);
            CHECK((target == folder || allowed.at(folder).contains(target)));
        }
    }
    CHECK(includes > 100);
}

TEST_CASE("a library is known only in its own edge") {
    const std::map<std::string, std::set<std::string>> homes{
        {"<yaml-cpp/", {"manifests"}},
        {"<rapidjson/", {"controller/codec", "controller/report"}},
        {"<sqlite3", {"controller/store"}},
        {"<prometheus/", {"metrics"}},
        {"<boost/beast", {"controller/net", "controller/api", "controller/listener"}},
        {"<boost/asio/ssl", {"controller/net", "controller/api"}},
        {"<openssl/", {"controller/net", "controller/api", "controller/listener"}},
        {"<spdlog/", {"controller/log"}},
        {"<CLI/", {"controller/cli"}},
    };
    int found = 0;
    for (const SourceFile& file : sources_below({"reconciler", "manifests", "metrics", "controller"})) {
        for (const auto& [library, folders] : homes) {
            if (file.text.find("#include " + library) == std::string::npos) continue;
            ++found;
            CAPTURE(file.path);
            CAPTURE(library);
            CHECK(folders.contains(folder_of(file.path)));
        }
    }
    CHECK(found >= 8);
}

TEST_CASE("the ground knows the standard library and nothing else") {
    const std::regex include("#include <([^>]+)>");
    for (const SourceFile& file :
         sources_below({"reconciler/model", "reconciler/plan", "reconciler/schedule"})) {
        CAPTURE(file.path);
        for (std::sregex_iterator it(file.text.begin(), file.text.end(), include), end; it != end;
             ++it) {
            const std::string header = (*it)[1];
            CAPTURE(header);
            CHECK(header.find('/') == std::string::npos);
            CHECK(header.find(".h") == std::string::npos);
        }
    }
}

TEST_CASE("the core names no clock, no randomness, no thread and no environment") {
    const std::regex outside(
        R"((system_clock::now|steady_clock::now|random_device|std::thread|getenv|\bopen\(|getaddrinfo|\brand\())"
    );
    for (const SourceFile& file : sources_below({"reconciler"})) {
        CAPTURE(file.path);
        const std::string code = without_comments(file.text);
        std::smatch match;
        CHECK_MESSAGE(!std::regex_search(code, match, outside), match.str());
    }
}

}  // namespace
}  // namespace fairway::lint
