#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <map>

#include "controller/app/config/config.hpp"
#include "tests/support/temp_dir.hpp"

namespace fairway {

namespace fs = std::filesystem;

/// A folder with a configuration and all it names; a test changes only what it is about.
struct Desk {
    TempDir dir;
    std::map<std::string, std::string> variables{{"ACCESS_KEY", "AK"}};
    std::string project =
        "name: default\n"
        "    project_id: 73d69ae0cfcf460190522d06b60f05ad\n"
        "    region: cn-north-4\n"
        "    credentials: {access_key: {env: ACCESS_KEY}, secret_key: {file: keys/secret}}\n";
    std::string rest;
    FileSystemKind file_system;

    Desk() {
        dir.write("keys/secret", "SK\n");
        fs::create_directory(dir.file("state"));
        fs::permissions(dir.file("state"), fs::perms::owner_all);
    }

    ConfigResult load(bool unsafe_settle = false) {
        return load_text("projects:\n  - " + project + rest, unsafe_settle);
    }

    ConfigResult load_text(const std::string& text, bool unsafe_settle = false) {
        return load_config(dir.write("fairway.yaml", text), environment(), unsafe_settle, file_system);
    }

    Environment environment() {
        return [this](const std::string& name) -> std::optional<std::string> {
            const auto it = variables.find(name);
            return it == variables.end() ? std::nullopt : std::optional(it->second);
        };
    }

    /// Everything that is wrong, without the folder's name.
    std::string told(const ConfigResult& result) const {
        std::string out;
        for (const auto& problem : result.problems) out += to_string(problem) + '\n';
        for (auto at = out.find(dir.path() + '/'); at != std::string::npos;
             at = out.find(dir.path() + '/')) {
            out.erase(at, dir.path().size() + 1);
        }
        return out;
    }

    /// What is wrong with a configuration that has `text` below its projects.
    std::string trouble(const std::string& text) {
        rest = text;
        return told(load());
    }
};

inline Config good(Desk& desk) {
    ConfigResult result = desk.load();
    CHECK(desk.told(result) == "");
    REQUIRE(result.config);
    return std::move(*result.config);
}

}  // namespace fairway
