#include "tests/convergence/cloud_world.hpp"

#include <stdexcept>

#include "manifests/manifests.hpp"
#include "tests/support/run_task.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;
namespace sim = apic_simulator;

constexpr unsigned more_instances = 11;

ManifestContext context() {
    ManifestContext known;
    known.projects = {"default"};
    known.secrets = {"nacos-prod", "nacos-next"};
    known.check_names = true;
    return known;
}

}  // namespace

Wish wish_of(const std::map<std::string, std::string>& documents) {
    std::vector<std::shared_ptr<const FileManifests>> files;
    for (const auto& [name, document] : documents) {
        const std::string text =
            R"({"apiVersion":"fairway/v1","kind":"VpcChannel","metadata":{"name":")" + name + "\"}," +
            document + "}";
        auto file = std::make_shared<FileManifests>(parse_manifests(name + ".json", text, context()));
        for (const ManifestProblem& problem : file->problems) {
            if (problem.severity == Severity::error)
                throw std::invalid_argument(to_string(problem) + "\n" + text);
        }
        files.push_back(std::move(file));
    }
    return std::make_shared<ManifestSnapshot>(assemble(std::move(files), "test"));
}

sim::Config CloudWorld::cloud_config(const std::string& name, const std::string& value) {
    sim::Config config;
    sim::add_instances(config, more_instances);
    config.switches.channel_limit = 0;
    if (!name.empty()) sim::set_switch(config.switches, name, value);
    // As it is documented, a throttle would take a minute for each sixty requests.
    config.switches.throttle_requests = 40;
    config.switches.throttle_window_ms = 100;
    return config;
}

CloudWorld::CloudWorld(const std::string& switch_name, const std::string& value)
    : cloud(cloud_config(switch_name, value)) {
    const auto& first = cloud.config().projects.at(0);
    for (const auto& instance : first.instances) instances.push_back(instance.id);
    ProjectEndpoint project;
    project.name = "default";
    project.project_id = first.id;
    project.endpoint = project.iam_endpoint = cloud.url();
    project.region = cloud.config().region;
    project.ca_file = folder_.write("ca.pem", cloud.ca_pem());
    AccessKey key;
    key.access_key = Secret(cloud.config().users.at(0).access_key);
    key.secret_key = Secret(cloud.config().users.at(0).secret_key);
    project.credentials = std::move(key);
    project.limits.reads_per_second = project.limits.writes_per_second = 100000;
    config_.projects.push_back(std::move(project));
    config_.secrets.emplace("nacos-prod", Secret("first-example-only"));
    config_.secrets.emplace("nacos-next", Secret("second-example-only"));
    config_.reconcile.settle = 300ms;
    config_.reconcile.deletion_budget.percent = 100;  // here everything is to change at once
    const Core::Ports ports{store, metrics_, clock_, entropy_};
    auto core = Core::open(io_.get_executor(), config_, ports, Core::Options());
    if (!core) throw std::runtime_error(core.error().what());
    core_ = std::move(*core);
}

CloudWorld::~CloudWorld() {
    core_.reset();
    io_.restart();
    io_.poll();  // what still holds a connection lets go of it
}

Outcome CloudWorld::apply(const Wish& wish) {
    ApplyOptions options;
    options.workers = 8;
    options.time_limit = 60s;
    const Core::Ports ports{store, metrics_, clock_, entropy_};
    Applier applier(io_.get_executor(), *core_, ports, config_, options);
    return run_task(io_, applier.apply(wish));
}

Report CloudWorld::plan(const Wish& wish) {
    return run_task(io_, plan_once(*core_, store, config_, wish, Selection())).report;
}

PassReport CloudWorld::pass(const std::string& name, const Wish& wish) {
    return run_task(io_, core_->reconciler().reconcile(ChannelKey{"default", name}, wish, {}));
}

std::map<std::string, std::size_t> CloudWorld::writes() {
    std::map<std::string, std::size_t> counts;
    for (const auto& entry : cloud.audit(audited_)) {
        audited_ = entry.sequence;
        const bool throttled = entry.error_code == "APIGW.0308" || entry.error_code == "APIG.9008";
        if (entry.method != "GET" && !throttled) ++counts[entry.channel];
    }
    return counts;
}

std::string told(const Report& report) {
    std::string text;
    for (const ReportedChange& change : report.changes) {
        text += change.key.name + ": " + std::string(to_string(change.action));
        if (!change.why.empty()) text += " (" + change.why + ")";
        for (const ReportedField& field : change.fields) {
            text += "\n  " + field.path + ": " + field.before + " -> " + field.after + " (" +
                    field.reason + ")";
        }
        text += "\n";
    }
    for (const ReportedError& error : report.errors)
        text += error.key.name + ": " + error.message + "\n";
    return text;
}

}  // namespace fairway
