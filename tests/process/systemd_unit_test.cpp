// The unit of systemd that is shipped: well formed, and closed as far as the service can bear.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "tests/process/stage.hpp"

namespace fairway {
namespace {

const std::string unit = std::string(FAIRWAY_SOURCE_DIR) + "/deploy/systemd/fairway.service";
constexpr const char* analyze = "/usr/bin/systemd-analyze";

std::string text_of_unit() {
    std::ifstream file(unit);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The unit with another text in a place of it.
std::string changed(const std::string& from, const std::string& to) {
    std::string text = text_of_unit();
    REQUIRE(contains(text, from));
    return text.replace(text.find(from), from.size(), to);
}

struct Judged {
    int code;
    std::string said;
};

Judged judge(const std::string& text, const std::vector<std::string>& how) {
    const TempDir folder;
    std::vector<std::string> command{analyze};
    command.insert(command.end(), how.begin(), how.end());
    command.push_back(folder.write("fairway.service", text));
    Process process(command, folder.path(), {{"SYSTEMD_COLORS", "0"}});
    const int code = process.wait().value_or(-1);
    return {code, process.out() + process.err()};
}

Judged security(const std::string& text) {
    return judge(text, {"security", "--offline=true", "--threshold=15", "--no-pager"});
}

}  // namespace

TEST_CASE("the unit of systemd is exposed to 1.5 of 10 at most") {
    if (!std::filesystem::exists(analyze)) {
        MESSAGE("skipped: there is no systemd-analyze");
        return;
    }
    const Judged shipped = security(text_of_unit());
    CAPTURE(shipped.said);
    CHECK(shipped.code == 0);
    CHECK(contains(shipped.said, "Overall exposure level for fairway.service: "));
    // That the judge refuses what is too open:
    CHECK(security(changed("CapabilityBoundingSet=\n", "")).code != 0);
}

TEST_CASE("the unit of systemd is understood, key by key, and its commands are there") {
    if (!std::filesystem::exists(analyze)) {
        MESSAGE("skipped: there is no systemd-analyze");
        return;
    }
    const auto verify = [](const std::string& text) { return judge(text, {"verify", "--man=no"}); };
    const std::string command = "ExecStart=/usr/bin/fairway run";
    const Judged shipped = verify(changed(command, "ExecStart=" FAIRWAY_BINARY " run"));
    CHECK(shipped.code == 0);
    CHECK(shipped.said == "");
    CHECK(contains(verify(changed("ProtectHome", "ProtectHom")).said, "Unknown key"));
    CHECK(verify(changed(command, "ExecStart=/usr/bin/fairwy run")).code != 0);
}

}  // namespace fairway
