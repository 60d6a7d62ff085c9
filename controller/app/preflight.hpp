#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "controller/api/http_channel_api.hpp"
#include "controller/app/config/config.hpp"
#include "controller/app/exit_code.hpp"
#include "controller/report/check_list.hpp"
#include "reconciler/model/manifest_snapshot.hpp"

namespace fairway {

/// What was found, and the exit codes of what failed.
struct Checklist {
    std::vector<Check> checks;
    std::vector<ExitCode> failures;

    void add(std::string project, std::string what, CheckResult result, std::string detail);
    void fail(std::string project, std::string what, std::string detail, ExitCode code);
    void append(Checklist more);
};

/// The instances that manifests name, by project.
using NamedInstances = std::map<std::string, std::set<InstanceId>>;

/// Whether each source can be read and is valid; tells the instances that its manifests name.
Checklist check_sources(const Config& config, NamedInstances& named);

/// Whether the store can be read and written. Makes, changes and takes nothing.
Checklist check_store(boost::asio::any_io_executor executor, const Config& config, Metrics& metrics);

struct CheckWorld {
    Clock& clock;
    Entropy& entropy;
    Metrics& metrics;
    std::vector<Secret> secrets;  ///< that no answer may tell
};

/// Endpoint, TLS, clock, authentication, and each instance: its feature and its quota. Only reads.
Task<Checklist> check_project(
    boost::asio::any_io_executor executor, ProjectEndpoint project, CheckWorld world,
    std::set<InstanceId> named
);

/// Signatures are refused when the clocks are more than 15 minutes apart.
void judge_clock(Checklist& list, const std::string& project, std::optional<Duration> ahead);
void judge_quotas(
    Checklist& list, const std::string& project, const std::string& what,
    const std::vector<Quota>& quotas
);

}  // namespace fairway
