#include "controller/cli/online_checks.hpp"

#include <algorithm>

#include "controller/async/task_group.hpp"

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
        CheckWorld world{setup.clock, setup.entropy, setup.metrics, setup.config.secret_values()};
        job.list = co_await check_project(
            setup.context.get_executor(), std::move(job.project), std::move(world), std::move(job.named)
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

}  // namespace

Checklist check_online(Setup& setup, const std::set<std::string>& projects, NamedInstances named) {
    std::vector<ProjectJob> jobs;
    for (const ProjectEndpoint& project : setup.config.projects) {
        if (projects.contains(project.name)) jobs.push_back({project, named[project.name], {}});
    }
    run_until_done(setup.context, check_all(setup, jobs), {});
    Checklist list;
    for (ProjectJob& job : jobs) list.append(std::move(job.list));
    return list;
}

}  // namespace fairway
