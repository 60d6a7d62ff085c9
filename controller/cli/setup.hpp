#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "controller/app/config/config.hpp"
#include "controller/cli/commands.hpp"
#include "controller/log/log.hpp"
#include "controller/report/report.hpp"
#include "manifests/manifests.hpp"
#include "reconciler/ports/task.hpp"

namespace fairway {

using Wish = std::shared_ptr<const ManifestSnapshot>;

/// The configuration, or the exit code after its problems were printed to stderr.
std::variant<Config, ExitCode> read_config(const CommonOptions& common);

/// The manifests of -f, or of the sources of `config`, which may be absent where -f is given.
Result<Wish> read_wish(const CommonOptions& common, const Config* config);
/// The exit code of a source that cannot be read.
inline constexpr ExitCode source_unreadable = ExitCode::unreachable;

/// Prints `report` to stdout in the format asked for.
void print(const Report& report, OutputFormat format);
void print_error(const std::string& text);
/// Whether people read what we write there, and want colours.
bool coloured(int descriptor);

/// Runs `task` on `context` until it ends. The first SIGINT or SIGTERM calls `on_signal`; a second one
/// ends the process at once, as the first does where `on_signal` is empty, because there is nothing to
/// finish. A command that was interrupted tells that by its code; for a daemon a signal is the regular
/// end.
ExitCode run_until_done(
    boost::asio::io_context& context, Task<ExitCode> task, std::function<void()> on_signal,
    bool daemon = false
);

Log make_log(const Config& config);

}  // namespace fairway
