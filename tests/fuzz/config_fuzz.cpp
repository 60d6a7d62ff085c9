// Any bytes as the configuration file: a configuration, or what is wrong with it; never both, never
// neither.
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "controller/app/config/config.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/support/temp_dir.hpp"

namespace fairway {
namespace {

/// A folder with what a configuration may name.
struct Desk {
    Desk() {
        folder.write("secret", "canary-secret-value\n");
        std::filesystem::create_directory(folder.file("state"));
        std::filesystem::permissions(folder.file("state"), std::filesystem::perms::owner_all);
    }
    TempDir folder;
};

}  // namespace
}  // namespace fairway

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fairway;
    static Desk desk;
    const std::string file = desk.folder.write("fairway.yaml", std::string(text_of(data, size)));
    const ConfigResult result = load_config(file, [](const std::string& name) {
        return name == "ACCESS_KEY" ? std::optional<std::string>("canary-access-key") : std::nullopt;
    });
    const bool said_by_the_file = text_of(data, size).find("canary") != std::string_view::npos;
    bool errors = false;
    for (const ManifestProblem& problem : result.problems) {
        errors = errors || problem.severity == Severity::error;
        const std::string told = to_string(problem);
        must(told.find("canary") == std::string::npos || said_by_the_file, "no secret is told");
    }
    must(result.config.has_value() != errors, "a configuration or an error");
    if (result.config) must(!result.config->projects.empty(), "there is a project");
    return 0;
}
