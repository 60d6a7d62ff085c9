#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include "controller/app/config/config.hpp"
#include "controller/app/core.hpp"
#include "controller/app/store_access.hpp"
#include "controller/async/real_clock.hpp"
#include "controller/cli/commands.hpp"
#include "controller/log/log.hpp"
#include "controller/report/report.hpp"
#include "manifests/manifests.hpp"
#include "reconciler/ports/task.hpp"

namespace fairway {

using Wish = std::shared_ptr<const ManifestSnapshot>;

/// The configuration and what is wrong with it, told to nobody yet.
ConfigResult load_config(const CommonOptions& common);
/// The configuration, or the exit code after its problems were printed to stderr.
std::variant<Config, ExitCode> read_config(const CommonOptions& common);

/// The manifests of -f, or of the sources of `config`, which may be absent where -f is given.
Result<Wish> read_wish(const CommonOptions& common, const Config* config);
/// The exit code of a source that cannot be read.
inline constexpr ExitCode source_unreadable = ExitCode::unreachable;

/// Ends a command before it began: main() tells the text, where there is one, and the exit code.
class CannotStart : public std::runtime_error {
public:
    CannotStart(ExitCode code, const std::string& text) : std::runtime_error(text), code_(code) {}
    ExitCode code() const { return code_; }

private:
    ExitCode code_;
};

/// What a command works with: the configuration, the loop and the clock. What it opens must go before
/// it does. Whatever cannot be opened throws CannotStart.
class Setup {
public:
    explicit Setup(const CommonOptions& common);

    const Config config;
    boost::asio::io_context context{1};
    RealClock clock{context.get_executor()};
    RealEntropy entropy;
    NoMetrics metrics;

    /// The manifests that the command is about.
    Wish wish() const;
    std::unique_ptr<SqliteStore> store(StoreUse use);
    /// The store for reading; null, after saying so, where nothing was stored yet.
    std::unique_ptr<SqliteStore> store_if_any();
    const CommonOptions& common() const { return common_; }
    Core::Ports ports(StateStore& store) { return {store, metrics, clock, entropy}; }
    std::unique_ptr<Core> core(StateStore& store, Core::Options options = {});

private:
    const CommonOptions& common_;
};

/// The projects of the configuration, or the one named; CannotStart where there is no such one.
std::vector<std::string> projects_asked_for(const Config& config, const std::string& only);

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
