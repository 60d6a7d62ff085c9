#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>

#include "manifests/git/git_reader.hpp"
#include "tests/manifests/directory/tree.hpp"
#include "tests/manifests/git/servers.hpp"

namespace fairway::test {

/// A repository, and a reader that follows its branch once it is told from where.
struct Followed {
    Followed() {
        options.name = "main";
        options.timeout = std::chrono::seconds(30);
        options.folder = here.file("git/channels");
    }

    GitReader& reader() {
        if (!reader_) reader_.emplace("channels", options, ManifestContext{}, stop);
        return *reader_;
    }
    /// As after a restart of ours.
    void restart() { reader_.reset(); }
    Result<SnapshotPtr> read() { return reader().read(); }
    SnapshotPtr good() {
        auto result = read();
        if (!result) FAIL(result.error().what());
        return *result;
    }
    std::string trouble() {
        const auto result = read();
        return result ? "none: " + (*result)->version : result.error().what();
    }

    Repository upstream;
    TempDir here;
    StopSignal stop;
    GitOptions options;
    std::string first;  ///< commit

private:
    std::optional<GitReader> reader_;
};

inline bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace fairway::test
