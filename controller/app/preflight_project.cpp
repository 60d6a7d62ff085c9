#include <utility>

#include "controller/api/reach.hpp"
#include "controller/app/preflight.hpp"

namespace fairway {
namespace {

ExitCode code_of(const Error& error) {
    const bool configured =
        error.cls() == ErrorClass::terminal && error.reason() == ErrorReason::validation;
    return configured && error.fault().http_status == 0 ? ExitCode::invalid : exit_code_of(error);
}

/// Tells how far a request to `url` came; true when it was answered. `prefix` tells IAM from the
/// gateway.
bool judge_reach(
    Checklist& list, const std::string& project, const std::string& prefix, const std::string& url,
    const Reach& reach
) {
    const std::string endpoint = prefix + "endpoint", tls = prefix + "TLS";
    if (reach.step == Reach::Step::nothing) {
        list.fail(project, endpoint, url + ": " + reach.error->what(), code_of(*reach.error));
        list.add(project, tls, CheckResult::skipped, "");
        return false;
    }
    list.add(project, endpoint, CheckResult::ok, url);
    if (reach.step == Reach::Step::connected) {
        list.fail(
            project, tls, reach.error->what() + "; a private authority is trusted by ca_file",
            code_of(*reach.error)
        );
        return false;
    }
    list.add(project, tls, CheckResult::ok, "the certificate is trusted and for this host");
    if (reach.step == Reach::Step::answered) return true;
    list.fail(project, prefix + "answer", reach.error->what(), code_of(*reach.error));
    return false;
}

std::string instance_text(const GatewayInstance& instance) {
    return "instance " + instance.id + (instance.name.empty() ? "" : " (" + instance.name + ")");
}

void judge_feature(
    Checklist& list, const std::string& project, const std::string& subject, bool needed,
    const Result<bool>& modifiable
) {
    const std::string what = subject + ": vpc_name_modifiable";
    if (!modifiable) {
        const std::string why = modifiable.error().what();
        if (needed) return list.fail(project, what, why, code_of(modifiable.error()));
        return list.add(project, what, CheckResult::warning, why);
    }
    if (!*modifiable) return list.add(project, what, CheckResult::ok, "off");
    const std::string out =
        "on, so its channels cannot be handled for the whole project; set the feature to \"off\" in the "
        "instance's configuration parameters";
    if (needed) return list.fail(project, what, out, ExitCode::refused);
    list.add(project, what, CheckResult::note, out + ". No manifest names the instance");
}

Task<> check_instance(
    Checklist& list, ChannelApi& api, const std::string& project, GatewayInstance instance, bool needed
) {
    const std::string subject = instance_text(instance);
    if (instance.status != "RUNNING") {
        list.add(
            project, subject, needed ? CheckResult::warning : CheckResult::note,
            "its status is " + instance.status + ", not RUNNING"
        );
    }
    const Result<bool> modifiable = co_await api.name_modifiable(project, instance.id);
    judge_feature(list, project, subject, needed, modifiable);
    const Result<std::vector<Quota>> quotas = co_await api.quotas(project, instance.id);
    const std::string what = subject + ": quota";
    if (quotas) {
        judge_quotas(list, project, what, *quotas);
    } else {
        list.add(project, what, CheckResult::warning, quotas.error().what());
    }
}

std::string who(const ProjectEndpoint& project) {
    std::string text;
    if (const auto* password = std::get_if<Password>(&project.credentials)) {
        text = "user " + password->user + " of " + password->domain;
    } else {
        const bool temporary = std::get<AccessKey>(project.credentials).security_token.has_value();
        text = temporary ? "temporary access key" : "access key";
    }
    if (!project.agency) return text;
    const Agency& agency = *project.agency;
    return text + ", as agency " + agency.name + " of " +
           (agency.domain.empty() ? agency.domain_id : agency.domain);
}

}  // namespace

Task<Checklist> check_project(
    boost::asio::any_io_executor executor, ProjectEndpoint project, CheckWorld world,
    std::set<InstanceId> named
) {
    Checklist list;
    const std::string name = project.name;
    const Reach gateway = co_await reach(executor, project.endpoint, project, world.clock);
    bool reached = judge_reach(list, name, "", project.endpoint, gateway);
    if (project.asks_iam()) {
        const Reach iam = co_await reach(executor, project.iam_endpoint, project, world.clock);
        const bool iam_reached = judge_reach(list, name, "IAM ", project.iam_endpoint, iam);
        reached = reached && iam_reached;
    }
    if (gateway.step == Reach::Step::answered) judge_clock(list, name, gateway.clock_ahead);
    const std::string identity = who(project);
    const auto skip_from_authentication = [&] {
        list.add(name, "authentication", CheckResult::skipped, identity);
        list.add(name, "instances", CheckResult::skipped, "");
    };
    if (!reached) {
        skip_from_authentication();
        co_return list;
    }
    std::vector<ProjectEndpoint> only;
    only.push_back(std::move(project));
    HttpChannelApi::Options how;
    how.secrets = std::move(world.secrets);
    auto api = HttpChannelApi::open(
        executor, std::move(only), [](std::string_view) { return nullptr; }, world.clock, world.entropy,
        world.metrics, std::move(how)
    );
    if (!api) {  // an IAM endpoint or CA file that cannot be used was told above
        skip_from_authentication();
        co_return list;
    }
    const auto instances = co_await (*api)->instances(name);
    if (!instances) {
        const Error& error = instances.error();
        const bool refused = error.cls() == ErrorClass::auth;
        const std::string what = refused ? "authentication" : "instances";
        if (!refused) list.add(name, "authentication", CheckResult::skipped, identity);
        list.fail(name, what, (refused ? identity + ": " : "") + error.what(), code_of(error));
        if (refused) list.add(name, "instances", CheckResult::skipped, "");
        co_return list;
    }
    list.add(name, "authentication", CheckResult::ok, identity);
    std::set<InstanceId> unknown = std::move(named);
    const std::set<InstanceId> wanted = unknown;
    for (const GatewayInstance& instance : *instances) unknown.erase(instance.id);
    if (!unknown.empty()) {
        std::string ids;
        for (const InstanceId& id : unknown) ids += (ids.empty() ? "" : ", ") + id;
        list.fail(
            name, "instances", "manifests name instances that the project does not have: " + ids,
            ExitCode::invalid
        );
    } else if (instances->empty()) {
        list.add(name, "instances", CheckResult::warning, "the project has none: check project_id");
    } else {
        list.add(name, "instances", CheckResult::ok, std::to_string(instances->size()));
    }
    for (const GatewayInstance& instance : *instances) {
        const bool needed = wanted.contains(instance.id);
        co_await check_instance(list, **api, name, instance, needed);
    }
    co_return list;
}

}  // namespace fairway
