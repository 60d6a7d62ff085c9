#include "controller/app/preflight.hpp"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "controller/app/sources.hpp"
#include "controller/app/store_access.hpp"
#include "controller/report/phrases.hpp"
#include "controller/store/file_lock.hpp"
#include "manifests/directory/directory_source.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr Duration clock_limit = 15min;  // the API's
constexpr Duration clock_doubt = 5min;

void check_source(
    Checklist& list, const SourceConfig& source,
    const Result<std::shared_ptr<const ManifestSnapshot>>& read
) {
    const std::string what = "source " + source.name;
    if (!read) return list.fail("", what, read.error().what(), ExitCode::unreachable);
    const ManifestSnapshot& wish = **read;
    if (wish.invalid > 0) {
        const auto first =
            std::find_if(wish.problems.begin(), wish.problems.end(), [](const ManifestProblem& problem) {
                return problem.severity == Severity::error;
            });
        const std::string told = first == wish.problems.end() ? "" : ", first: " + to_string(*first);
        return list.fail(
            "", what, plural(wish.invalid, "document") + " refused" + told + "; see: fairway validate",
            ExitCode::invalid
        );
    }
    if (wish.manifests.empty()) {
        return list.add(
            "", what, CheckResult::warning,
            "no manifests in " + (source.git ? source.git->options.url + " " + source.git->options.path
                                             : source.directory)
        );
    }
    const std::string detail =
        plural(wish.manifests.size(), "channel") + " in " + plural(wish.files, "file") +
        (wish.version.empty() ? "" : " of commit " + wish.version + " (" + wish.change + ")");
    list.add("", what, CheckResult::ok, detail);
}

}  // namespace

void Checklist::add(std::string project, std::string what, CheckResult result, std::string detail) {
    checks.push_back({std::move(project), std::move(what), result, std::move(detail)});
}

void Checklist::fail(std::string project, std::string what, std::string detail, ExitCode code) {
    add(std::move(project), std::move(what), CheckResult::failure, std::move(detail));
    failures.push_back(code);
}

void Checklist::append(Checklist more) {
    for (Check& check : more.checks) checks.push_back(std::move(check));
    failures.insert(failures.end(), more.failures.begin(), more.failures.end());
}

Checklist check_sources(const Config& config, NamedInstances& named) {
    Checklist list;
    if (config.sources.empty()) {
        list.add("", "sources", CheckResult::note, "none is configured; commands need -f PATH");
    }
    std::vector<std::shared_ptr<const ManifestSnapshot>> parts;
    std::size_t invalid = 0;
    for (const SourceConfig& source : config.sources) {
        const auto read = load_source(source, context_of(config));
        check_source(list, source, read);
        if (!read) continue;
        parts.push_back(*read);
        invalid += (*read)->invalid;
        for (const auto& [key, manifest] : (*read)->manifests) {
            named[key.project].insert(
                manifest->spec.instance_ids.begin(), manifest->spec.instance_ids.end()
            );
        }
    }
    if (parts.size() < 2) return list;
    const auto whole = merged(parts);
    if (whole->invalid > invalid) {
        list.fail(
            "", "sources together",
            plural(whole->invalid - invalid, "document") +
                " refused, for a channel is declared by two sources; see: fairway validate",
            ExitCode::invalid
        );
    }
    return list;
}

Checklist check_store(boost::asio::any_io_executor executor, const Config& config, Metrics& metrics) {
    Checklist list;
    const std::string& path = config.sqlite;
    const auto parent = std::filesystem::path(path).parent_path();
    const std::string folder = parent.empty() ? "." : parent.string();
    std::error_code ignored;
    if (!std::filesystem::is_directory(folder, ignored)) {
        list.fail(
            "", "store", "the directory " + folder + " does not exist; make it, for our user alone",
            ExitCode::failed
        );
        return list;
    }
    if (access(folder.c_str(), W_OK | X_OK) != 0) {
        list.fail(
            "", "store", "the directory " + folder + " cannot be written by our user", ExitCode::failed
        );
        return list;
    }
    if (!std::filesystem::exists(path, ignored)) {
        list.add(
            "", "store", CheckResult::ok, path + " is not there yet; the first apply or run makes it"
        );
        return list;
    }
    if (const auto holder = FileLock::holder_of(path + ".lock")) {  // who has read it, maybe this moment
        list.add(
            "", "store", CheckResult::note,
            "held by another Fairway (" + *holder + "): plan, get and history work beside it"
        );
        return list;
    }
    const auto store = open_store(std::move(executor), config, metrics, StoreUse::read);
    if (!store) {
        list.fail("", "store", store.error().what(), store_exit_code(store.error()));
    } else if (access(path.c_str(), W_OK) != 0) {
        list.fail("", "store", path + " cannot be written by our user", ExitCode::failed);
    } else {
        list.add("", "store", CheckResult::ok, path);
    }
    return list;
}

void judge_clock(Checklist& list, const std::string& project, std::optional<Duration> ahead) {
    if (!ahead) {
        return list.add(project, "clock", CheckResult::note, "the endpoint does not tell its time");
    }
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(*ahead).count();
    if (seconds == 0) return list.add(project, "clock", CheckResult::ok, "agrees with the API's");
    const std::string apart = "our clock is " + std::to_string(std::abs(seconds)) + " s " +
                              (seconds < 0 ? "behind" : "ahead of") + " the API's";
    if (std::chrono::abs(*ahead) > clock_limit) {
        return list.fail(
            project, "clock", apart + "; signatures are refused beyond 15 minutes: set the clock",
            ExitCode::failed
        );
    }
    const bool doubtful = std::chrono::abs(*ahead) > clock_doubt;
    if (doubtful) return list.add(project, "clock", CheckResult::warning, apart + "; set the clock");
    list.add(project, "clock", CheckResult::ok, apart);
}

void judge_quotas(
    Checklist& list, const std::string& project, const std::string& what,
    const std::vector<Quota>& quotas
) {
    const auto channels = std::find_if(quotas.begin(), quotas.end(), [](const Quota& quota) {
        return quota.name == "VPC_NUM_LIMIT";
    });
    if (channels == quotas.end()) {
        return list.add(project, what, CheckResult::note, "the instance tells no VPC_NUM_LIMIT");
    }
    std::string detail;
    for (const Quota& quota : quotas) {
        if (quota.name.find("VPC") == std::string::npos) continue;
        detail += (detail.empty() ? "" : ", ") + quota.name + " ";
        if (quota.used) detail += std::to_string(*quota.used) + " of ";
        detail += std::to_string(quota.limit);
    }
    const bool full = channels->used && *channels->used >= channels->limit;
    const bool close = channels->used && channels->limit - *channels->used < channels->limit / 10;
    if (full) {
        detail += ": no further channel fits; have the quota raised, or remove some";
    } else if (close) {
        detail += ": nearly full";
    }
    list.add(project, what, full || close ? CheckResult::warning : CheckResult::ok, detail);
}

}  // namespace fairway
