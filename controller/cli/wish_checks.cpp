#include "controller/cli/wish_checks.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <filesystem>

#include "controller/cli/setup.hpp"

namespace fairway {
namespace {

Task<> ask(StateStore& store, bool& owns) {
    const Result<std::map<ChannelKey, Record>> rows = co_await store.load_all();
    owns = rows && !rows->empty();
}

std::filesystem::path real(const std::string& path) {
    std::error_code unreadable;  // is told by whoever reads the manifests
    return std::filesystem::weakly_canonical(path, unreadable);
}

/// Whether `inner` is `outer` itself, or lies below it.
bool is_within(const std::filesystem::path& inner, const std::filesystem::path& outer) {
    return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

}  // namespace

bool owns_channels(boost::asio::io_context& context, StateStore& store) {
    bool owns = false;
    boost::asio::co_spawn(context, ask(store, owns), boost::asio::detached);
    context.run();
    context.restart();
    return owns;
}

std::optional<ExitCode> judge_empty(const ManifestSnapshot& wish, bool owns, bool may_be) {
    if (!wish.manifests.empty() || wish.invalid > 0 || (owns && may_be)) return std::nullopt;
    if (owns) {
        print_error(
            "no manifests found, yet the store holds channels of ours: refused, for an empty wish is "
            "more "
            "often a wrong path than a wish; check the path, or restore the manifests"
        );
        return ExitCode::refused;
    }
    print_error("no manifests found; give a directory with .yaml, .yml or .json files");
    return ExitCode::invalid;
}

void refuse_prune_of_part(const std::vector<std::string>& paths, const Config& config) {
    for (const auto& source : config.sources) {
        if (source.directory.empty()) continue;
        const std::filesystem::path whole = real(source.directory);
        std::string part;
        bool covered = false;
        for (const std::string& path : paths) {
            covered = covered || is_within(whole, real(path));
            if (is_within(real(path), whole)) part = path;
        }
        if (covered || part.empty()) continue;
        throw CannotStart(
            ExitCode::refused, "--prune: " + part + " is only a part of the source " + source.name +
                                   " (" + source.directory +
                                   "), and all the rest of it would count as no longer declared; leave "
                                   "-f out, and name the "
                                   "channels to narrow what is written"
        );
    }
}

}  // namespace fairway
