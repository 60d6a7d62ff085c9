#include <algorithm>
#include <iostream>

#include "controller/app/preflight.hpp"
#include "controller/async/task_group.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/setup.hpp"
#include "controller/cli/structured.hpp"

#include <unistd.h>

namespace fairway {
namespace {

constexpr std::size_t projects_at_once = 8;

struct ProjectJob {
    ProjectEndpoint project;
    std::set<InstanceId> named;
    Checklist list;
};

Task<> check_next(Setup& setup, std::vector<ProjectJob>& jobs, std::size_t& next) {
    while (next < jobs.size()) {
        ProjectJob& job = jobs[next++];
        const CheckWorld world{setup.clock, setup.entropy, setup.metrics};
        job.list = co_await check_project(
            setup.context.get_executor(), std::move(job.project), world, std::move(job.named)
        );
    }
}

Task<ExitCode> check_all(Setup& setup, std::vector<ProjectJob>& jobs) {
    std::size_t next = 0;
    TaskGroup workers(setup.context.get_executor());
    for (std::size_t i = 0; i < std::min(projects_at_once, jobs.size()); ++i) {
        workers.spawn(check_next(setup, jobs, next));
    }
    co_await workers.join();
    co_return ExitCode::ok;
}

ExitCode conclude(const Checklist& list, OutputFormat format) {
    std::cout
        << (format == OutputFormat::text ? checks_text(list.checks, coloured(STDOUT_FILENO))
                                         : structured(checks_json(list.checks), format));
    return exit_code_of(list.failures, false);
}

}  // namespace

ExitCode check_command(const CommonOptions& common, const CheckOptions& options) {
    Checklist list;
    std::unique_ptr<Setup> setup;
    try {
        setup = std::make_unique<Setup>(common);
    } catch (const CannotStart& ended) {  // the problems are told already, by place
        list.fail("", "configuration", common.config + " is refused", ended.code());
        return conclude(list, common.output);
    }
    list.add("", "configuration", CheckResult::ok, common.config);
    const std::vector<std::string> wanted = projects_asked_for(setup->config, options.project);

    NamedInstances named;
    Checklist sources = check_sources(setup->config, named);
    std::vector<ProjectJob> jobs;
    for (const ProjectEndpoint& project : setup->config.projects) {
        if (std::find(wanted.begin(), wanted.end(), project.name) == wanted.end()) continue;
        jobs.push_back({project, named[project.name], {}});
    }
    run_until_done(setup->context, check_all(*setup, jobs), {});
    for (ProjectJob& job : jobs) list.append(std::move(job.list));
    list.append(check_store(setup->context.get_executor(), setup->config, setup->metrics));
    list.append(std::move(sources));
    return conclude(list, common.output);
}

}  // namespace fairway
