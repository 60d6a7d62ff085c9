#include <malloc.h>

#include <csignal>

#include "controller/api/operations.hpp"
#include "controller/app/apply.hpp"
#include "controller/app/daemon.hpp"
#include "controller/app/interrupts.hpp"
#include "controller/app/sources.hpp"
#include "controller/app/store_access.hpp"
#include "controller/app/version.hpp"
#include "controller/async/real_clock.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/setup.hpp"

namespace fairway {
namespace {

MetricsOptions metrics_options(const Config& config) {
    MetricsOptions options;
    options.version = version();
    options.revision = source_revision();
    options.compiler = compiler();
    for (const auto& project : config.projects) options.projects.push_back(project.name);
    for (const auto& source : config.sources) options.sources.push_back(source.name);
    options.api_operations.assign(operations::all.begin(), operations::all.end());
    options.store_operations.assign(SqliteStore::operations.begin(), SqliteStore::operations.end());
    return options;
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += (text.empty() ? "" : " ") + name;
    return text;
}

}  // namespace

ExitCode run_command(const CommonOptions& common, const RunOptions& options) {
    if (options.once) {
        ApplyCommandOptions once;
        once.yes = true;
        once.single_pass = true;
        return apply_command(common, once);
    }
    auto read = read_config(common);
    if (const auto* code = std::get_if<ExitCode>(&read)) return *code;
    Config config = std::move(std::get<Config>(read));

    mallopt(
        M_ARENA_MAX, 1
    );  // one thread does nearly all the work; arenas for the others only hold memory
    boost::asio::io_context context(1);
    RealClock clock(context.get_executor());
    RealEntropy entropy;
    Log log = make_log(config);
    if (!config.secret_variables.empty()) {
        log.warn(
            "a secret comes from an environment variable, where whoever starts us shows it to others; "
            "it "
            "is taken out of ours; a file is safer",
            {{"variables", joined(config.secret_variables)}}
        );
    }
    PrometheusMetrics metrics(metrics_options(config));
    DaemonOptions how;
    how.config_file = common.config;
    how.reload = [&common, &log] {
        ConfigResult again = load_config(common);
        for (const ManifestProblem& problem : again.problems) {
            const bool fatal = problem.severity == Severity::error;
            (log.*(fatal ? &Log::error : &Log::warn)
            )("configuration", {{"problem", to_string(problem)}});
        }
        return again;
    };
    Daemon daemon(
        context.get_executor(), std::move(config), std::move(how), clock, entropy, metrics, log
    );
    const Interrupts reload_signal(context.get_executor(), {SIGHUP}, [&daemon](int) {
        daemon.reload();
    });
    return run_until_done(
        context, daemon.run(), [&daemon] { daemon.stop(); }, true
    );
}

}  // namespace fairway
