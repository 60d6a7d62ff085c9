#include "manifests/file_results.hpp"

#include <array>
#include <atomic>
#include <exception>
#include <set>
#include <thread>
#include <utility>

#include "manifests/channel_defaults.hpp"
#include "manifests/source_names.hpp"
#include "manifests/text.hpp"

namespace fairway {
namespace {

/// How many files are parsed by one thread before two are worth it.
constexpr std::size_t few_files = 32;

}  // namespace

FileManifests refused_file(const std::string& path, std::string wrong, std::string advice) {
    FileManifests out;
    out.file = printable_name(path);
    out.digest = "refused: " + wrong;
    out.invalid = 1;
    // Nobody knows what it says. Where its name promises defaults, no channel is applied without them.
    if (lower_case(path.substr(path.rfind('/') + 1)).find("defaults") != std::string::npos) {
        auto unknown = std::make_shared<ChannelDefaults>();
        unknown->place.file = out.file;
        out.defaults.push_back(std::move(unknown));
    }
    ManifestProblem problem;
    problem.place.file = out.file;
    problem.wrong = std::move(wrong);
    problem.advice = std::move(advice);
    out.problems.push_back(std::move(problem));
    return out;
}

std::shared_ptr<const FileManifests> protecting(
    const std::shared_ptr<const FileManifests>& broken, const FileManifests& last_whole
) {
    std::set<ChannelKey> names;
    for (const auto& manifest : last_whole.manifests) names.insert(manifest->key);
    for (const auto& manifest : broken->manifests) names.erase(manifest->key);
    if (names.empty()) return broken;
    auto copy = std::make_shared<FileManifests>(*broken);
    copy->unreadable.merge(names);
    return copy;
}

void parse_each(std::size_t count, const std::function<void(std::size_t)>& parse) {
    std::atomic<std::size_t> next{0};
    const auto work = [&](std::exception_ptr& failure) {
        try {
            for (std::size_t i = next++; i < count; i = next++) parse(i);
        } catch (...) {
            failure = std::current_exception();
        }
    };
    std::array<std::exception_ptr, 2> failures;
    if (count > few_files) {
        std::thread helper(work, std::ref(failures[1]));
        work(failures[0]);
        helper.join();
    } else {
        work(failures[0]);
    }
    for (const auto& failure : failures) {
        if (failure) std::rethrow_exception(failure);
    }
}

}  // namespace fairway
