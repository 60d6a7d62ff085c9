// How a changed configuration reaches a running daemon, whichever way it was changed, and that a bad one
// does not.
#include <doctest/doctest.h>

#include <csignal>
#include <fstream>
#include <iterator>

#include "tests/process/stage.hpp"

namespace fairway {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

std::string bytes_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

bool in_sync(const std::string& address, double count) {
    return Stage::metric(address, "fairway_channels{project=\"default\",state=\"in_sync\"}") == count;
}

double reloaded_at(const std::string& address) {
    return Stage::metric(address, "fairway_config_last_reload_success_timestamp_seconds").value_or(0);
}

std::optional<double> success(const std::string& address) {
    return Stage::metric(address, "fairway_config_last_reload_success");
}

/// The configuration with another number of workers: what is at work is read off the metrics.
std::string with_workers(const Stage& stage, int count) {
    std::string text = bytes_of(stage.folder.file("fairway.yaml"));
    const std::string mark = "drift_interval: 1h";
    const std::size_t end = text.find('}', text.find(mark));
    const std::size_t begin = text.find(mark) + mark.size();
    return text.replace(begin, end - begin, ", workers: " + std::to_string(count));
}

bool works_with(const std::string& address, int workers) {
    return eventually([&] { return Stage::metric(address, "fairway_workers_max") == workers; });
}

}  // namespace

TEST_CASE("a file that an editor renames over, or writes in place, is taken without a signal") {
    Stage stage;
    std::string address;
    Process daemon = stage.daemon(address);
    CHECK(works_with(address, 64));
    stage.folder.write("fairway.yaml", with_workers(stage, 11));  // through a rename
    CHECK(works_with(address, 11));
    const std::string in_place = with_workers(stage, 12);
    std::ofstream(stage.folder.file("fairway.yaml")) << in_place;
    CHECK(works_with(address, 12));
    CHECK(success(address) == 1.0);
    CHECK_FALSE(contains(daemon.err(), "refused"));
}

TEST_CASE("the swap of a ConfigMap's links brings the new configuration") {
    Stage stage;
    const fs::path folder = stage.folder.file("mounted");
    const auto put_generation = [&](const std::string& name, int workers) {
        fs::create_directories(folder / name);
        std::ofstream(folder / name / "fairway.yaml") << with_workers(stage, workers);
        fs::create_directory_symlink(name, folder / "..data_tmp");
        fs::rename(folder / "..data_tmp", folder / "..data");
    };
    put_generation("..one", 11);
    fs::create_symlink("..data/fairway.yaml", folder / "fairway.yaml");
    Process daemon({FAIRWAY_BINARY, "--config", folder / "fairway.yaml", "run"}, stage.folder.path());
    std::string address;
    REQUIRE(eventually([&] {
        const std::string log = daemon.err();
        const std::size_t at = log.find("address=");
        if (at == std::string::npos || log.find('\n', at) == std::string::npos) return false;
        address = log.substr(at + 8, log.find('\n', at) - at - 8);
        std::erase(address, '"');
        return true;
    }));
    CHECK(works_with(address, 11));
    put_generation("..two", 12);
    fs::remove_all(folder / "..one");
    CHECK(works_with(address, 12));
    CHECK_FALSE(contains(daemon.err(), "refused"));
}

TEST_CASE("a bad file is refused with all its problems, and leaves what is at work and since when") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    std::string address;
    Process daemon = stage.daemon(address);
    REQUIRE(eventually([&] { return in_sync(address, 1); }));
    const double since = reloaded_at(address);
    CHECK(since > 1.7e9);
    const std::string good = bytes_of(stage.folder.file("fairway.yaml"));

    stage.folder.write("fairway.yaml", with_workers(stage, 0) + "nonsense: true\nlog: {level: loud}\n");
    REQUIRE(eventually([&] { return success(address) == 0.0; }));
    const std::string log = daemon.err();
    CAPTURE(log);
    for (const char* problem :
         {"reconcile.workers: 0 is out of range", "nonsense: unknown key", "log.level: "}) {
        CAPTURE(problem);
        const std::size_t at = log.find(problem);
        REQUIRE(at != std::string::npos);
        const std::size_t line = log.rfind('\n', at) + 1;
        CHECK(
            log.substr(line, at - line).find("level=error msg=\"configuration\"") != std::string::npos
        );
        CHECK(log.substr(line, at - line).find("fairway.yaml:") != std::string::npos);
    }
    CHECK(reloaded_at(address) == since);
    CHECK(Stage::metric(address, "fairway_workers_max") == 64.0);
    stage.manifest("second.yaml", Stage::demo("second"));
    CHECK(eventually([&] { return in_sync(address, 2); }));

    stage.folder.write("fairway.yaml", good);
    CHECK(eventually([&] { return success(address) == 1.0; }));
    CHECK(reloaded_at(address) > since);
    CHECK(stage.writes() == 2);
}

TEST_CASE("a file that only the refused configuration names is watched, and mending it is enough") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    std::string address;
    Process daemon = stage.daemon(address);
    REQUIRE(eventually([&] { return in_sync(address, 1); }));
    std::string text = with_workers(stage, 14);
    const std::string list = "secrets:\n";
    text.replace(
        text.find(list), list.size(),
        list + "  - {name: more, file: " + stage.folder.file("more") + "}\n"
    );
    stage.folder.write("fairway.yaml", text);
    REQUIRE(eventually([&] { return success(address) == 0.0; }));
    CHECK(contains(daemon.err(), "more cannot be read: No such file"));

    stage.folder.write("more", "value\n", fs::perms::owner_read | fs::perms::others_read);
    REQUIRE(eventually([&] { return contains(daemon.err(), "more can be read by others"); }));
    fs::permissions(stage.folder.file("more"), fs::perms::owner_read);
    CHECK(works_with(address, 14));
    CHECK(success(address) == 1.0);
}

TEST_CASE("a file that is still being written is not taken for what it is so far") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    std::string address;
    Process daemon = stage.daemon(address);
    REQUIRE(eventually([&] { return in_sync(address, 1); }));
    // Written in place, part by part: up to `secrets` it is a valid configuration without the rest, and
    // its state would be in another place.
    const std::string whole = with_workers(stage, 13);
    std::ofstream file(stage.folder.file("fairway.yaml"), std::ios::trunc);
    const std::size_t part = whole.find("secrets:");
    file << whole.substr(0, part) << std::flush;
    for (int i = 0; i < 20; ++i) {
        eventually([] { return false; }, 150ms);
        file << "# still at it\n" << std::flush;
    }
    CHECK_FALSE(contains(daemon.err(), "reload"));
    CHECK_FALSE(contains(daemon.err(), "refused"));
    file << whole.substr(part) << std::flush;
    CHECK(works_with(address, 13));
    CHECK(success(address) == 1.0);
    CHECK(eventually([&] { return in_sync(address, 1); }));
    CHECK(stage.writes() == 1);
}

}  // namespace fairway
