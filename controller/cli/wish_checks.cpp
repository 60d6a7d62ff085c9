#include "controller/cli/wish_checks.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "controller/cli/setup.hpp"

namespace fairway {
namespace {

Task<> ask(StateStore& store, bool& owns) {
    const Result<std::map<ChannelKey, Record>> rows = co_await store.load_all();
    owns = rows && !rows->empty();
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

}  // namespace fairway
