#include "controller/cli/setup.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <iostream>
#include <map>

#include "controller/app/interrupts.hpp"
#include "controller/app/sources.hpp"
#include "controller/app/version.hpp"
#include "controller/cli/structured.hpp"
#include "controller/report/plain_text.hpp"
#include "manifests/directory/directory_source.hpp"

namespace fairway {
namespace {

/// A variable that holds a secret. It is taken out of the environment when it is first asked for: no
/// child gets it, and /proc does not show it. A reload asks for it again.
std::optional<std::string> environment(const std::string& name) {
    static std::map<std::string, Secret> taken;
    if (const auto it = taken.find(name); it != taken.end()) return std::string(it->second.reveal());
    char* value = std::getenv(name.c_str());
    if (value == nullptr) return std::nullopt;
    std::string secret = value;
    explicit_bzero(value, secret.size());
    unsetenv(name.c_str());
    taken.emplace(name, Secret(secret));
    return secret;
}

Config config_or_end(const CommonOptions& common) {
    auto read = read_config(common);
    if (const auto* code = std::get_if<ExitCode>(&read)) throw CannotStart(*code, "");
    return std::move(std::get<Config>(read));
}

}  // namespace

Setup::Setup(const CommonOptions& common) : config(config_or_end(common)), common_(common) {}

Wish Setup::wish() const {
    Result<Wish> read = read_wish(common_, &config);
    if (!read) throw CannotStart(source_unreadable, read.error().what());
    return *std::move(read);
}

std::unique_ptr<SqliteStore> Setup::store(StoreUse use) {
    auto opened = open_store(context.get_executor(), config, metrics, use);
    if (!opened) throw CannotStart(store_exit_code(opened.error()), opened.error().what());
    return *std::move(opened);
}

std::unique_ptr<SqliteStore> Setup::store_if_any() {
    auto opened = open_store(context.get_executor(), config, metrics, StoreUse::read);
    if (opened) return *std::move(opened);
    if (opened.error().cls() != ErrorClass::not_found) {
        throw CannotStart(store_exit_code(opened.error()), opened.error().what());
    }
    print_error(
        "nothing is stored yet at " + config.sqlite + "; start with: fairway apply, or: fairway run"
    );
    return nullptr;
}

std::unique_ptr<Core> Setup::core(StateStore& store, Core::Options options) {
    auto opened = Core::open(context.get_executor(), config, ports(store), std::move(options));
    if (!opened) throw CannotStart(ExitCode::invalid, opened.error().what());
    return *std::move(opened);
}

ConfigResult load_config(const CommonOptions& common) {
    return load_config(common.config, environment, common.unsafe_settle);
}

std::variant<Config, ExitCode> read_config(const CommonOptions& common) {
    ConfigResult result = load_config(common);
    for (const ManifestProblem& problem : result.problems) print_error(to_string(problem));
    if (!result.config) return ExitCode::invalid;
    return std::move(*result.config);
}

Result<Wish> read_wish(const CommonOptions& common, const Config* config) {
    const ManifestContext context = config != nullptr ? context_of(*config) : ManifestContext{};
    if (!common.paths.empty()) return load_manifests(common.paths, context);
    std::vector<Wish> parts;
    for (const auto& source : config->sources) {
        Result<Wish> part = load_source(source, context);
        if (!part) return Error(part.error()).in("source " + source.name);
        parts.push_back(std::move(*part));
    }
    return merged(parts);
}

std::vector<std::string> projects_asked_for(const Config& config, const std::string& only) {
    std::vector<std::string> names;
    for (const auto& project : config.projects) names.push_back(project.name);
    if (only.empty()) return names;
    if (std::find(names.begin(), names.end(), only) != names.end()) return {only};
    std::string known;
    for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
    throw CannotStart(
        ExitCode::invalid, "--project: the configuration defines no project of that name, but " + known
    );
}

void print(const Report& report, OutputFormat format) {
    switch (format) {
        case OutputFormat::text:
            std::cout << to_text(report, coloured(STDOUT_FILENO));
            break;
        case OutputFormat::json:
        case OutputFormat::yaml:
            std::cout << structured(to_json(report), format);
            break;
        case OutputFormat::markdown:
            std::cout << to_markdown(report);
            break;
        case OutputFormat::name:
            std::cout << to_names(report);
            break;
        case OutputFormat::github:
        case OutputFormat::sarif:
            break;  // they show problems with manifests, and no report
    }
}

void print_error(const std::string& text) {
    std::cerr << "fairway: " << plain(text) << "\n";
}

bool coloured(int descriptor) {
    return isatty(descriptor) == 1 && std::getenv("NO_COLOR") == nullptr;
}

ExitCode run_until_done(
    boost::asio::io_context& context, Task<ExitCode> task, std::function<void()> on_signal, bool daemon
) {
    std::optional<ExitCode> code, signalled;
    std::exception_ptr failure;
    bool ended = false;
    const Interrupts interrupts(context.get_executor(), {SIGINT, SIGTERM}, [&](int signal) {
        if (signalled || !on_signal) _exit(128 + signal);
        signalled = signal == SIGINT ? ExitCode::interrupted : ExitCode::terminated;
        if (!daemon) print_error("stopping; what is in flight is finished or recorded");
        on_signal();
    });
    auto keep = [](Task<ExitCode> inner, std::optional<ExitCode>& out) -> Task<> {
        out = co_await std::move(inner);
    };
    boost::asio::co_spawn(context, keep(std::move(task), code), [&](std::exception_ptr thrown) {
        failure = thrown;
        ended = true;
    });
    while (!ended) context.run_one();
    if (failure && !signalled) std::rethrow_exception(failure);
    if (signalled && !daemon) return *signalled;
    return code.value_or(ExitCode::failed);
}

Log make_log(const Config& config) {
    LogOptions options;
    options.level = config.log.level;
    options.format = config.log.format;
    options.priority_prefix = stderr_is_journal();
    return Log(options);
}

}  // namespace fairway
