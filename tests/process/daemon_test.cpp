// The long-lived process: from an edit to the wire, through signals, restarts and reloads.
#include <doctest/doctest.h>

#include <csignal>

#include "tests/process/stage.hpp"

namespace fairway {
namespace {

namespace fs = std::filesystem;

bool in_sync(const std::string& address, double count) {
    return Stage::metric(address, "fairway_channels{project=\"default\",state=\"in_sync\"}") == count;
}

TEST_CASE("the daemon makes what is declared, follows edits, and ends well on SIGTERM") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    std::string address;
    Process daemon = stage.daemon(address);
    REQUIRE(eventually([&] { return in_sync(address, 1); }));
    CHECK(Stage::get(address, "/readyz").find("200 OK") != std::string::npos);
    CHECK(Stage::get(address, "/livez").find("200 OK") != std::string::npos);

    stage.manifest("demo.yaml", Stage::demo("VPC_demo", 8080));
    CHECK(eventually([&] {
        const auto live = stage.cloud.channels_named("VPC_demo");
        return live.size() == 2 && live.front().port == 8080 && live.back().port == 8080;
    }));
    stage.manifest("second.yaml", Stage::demo("second"));
    CHECK(eventually([&] { return in_sync(address, 2); }));

    const auto listed = stage.run({"get"});
    CHECK(listed.code == 0);
    CHECK(listed.out.find("VPC_demo  Synced") != std::string::npos);
    CHECK(stage.run({"history", "second"}).out.find("create") != std::string::npos);

    daemon.signal(SIGTERM);
    CHECK(daemon.wait() == 0);
}

TEST_CASE("after kill -9 and a restart nothing is written") {
    Stage stage;
    for (int i = 0; i < 5; ++i) {
        const std::string name = "channel_" + std::to_string(i);
        stage.manifest(name + ".yaml", Stage::demo(name));
    }
    std::string address;
    {
        Process daemon = stage.daemon(address);
        REQUIRE(eventually([&] { return in_sync(address, 5); }));
        daemon.signal(SIGKILL);
        CHECK(daemon.wait() == 128 + SIGKILL);
    }
    const std::size_t writes = stage.writes();
    Process daemon = stage.daemon(address);
    REQUIRE(eventually([&] { return in_sync(address, 5); }));
    CHECK(stage.writes() == writes);
    CHECK(stage.cloud.channels().size() == 10);
}

TEST_CASE("killed again and again amid its creates, the daemon doubles nothing and loses nothing") {
    Stage stage;
    stage.reconcile = "{settle: 200ms, drift_interval: 1s}";
    stage.configure();
    stage.cloud.set_latency({{"CreateProjectVpcChannel", 20}});
    constexpr int channels = 40;
    for (int i = 0; i < channels; ++i) {
        const std::string name = "channel_" + std::to_string(i);
        stage.manifest(name + ".yaml", Stage::demo(name));
    }
    std::string address;
    for (std::size_t until = 5; until < 40; until += 7) {
        Process daemon = stage.daemon(address, {"--unsafe-settle"});
        eventually([&] { return stage.cloud.audit(0, "CreateProjectVpcChannel").size() >= until; });
        daemon.signal(SIGKILL);
        daemon.wait();
    }
    Process daemon = stage.daemon(address, {"--unsafe-settle"});
    CHECK(eventually([&] { return in_sync(address, channels); }, std::chrono::seconds(60)));
    CHECK(stage.cloud.channels().size() == 2 * channels);
}

TEST_CASE("a second Fairway does not touch the store of the first") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    std::string address;
    Process daemon = stage.daemon(address);
    REQUIRE(eventually([&] { return in_sync(address, 1); }));
    CHECK(stage.run({"apply", "--yes"}).code == 8);
    CHECK(stage.run({"run"}).code == 8);
    CHECK(stage.run({"plan"}).code == 0);
    CHECK(stage.run({"get"}).code == 0);
}

TEST_CASE("SIGHUP takes a new configuration, and a bad one is refused while the old one works on") {
    Stage stage;
    stage.manifest("demo.yaml", Stage::demo());
    std::string address;
    Process daemon = stage.daemon(address);
    REQUIRE(eventually([&] { return in_sync(address, 1); }));

    stage.extra = "nonsense: true\n";
    stage.configure();
    daemon.signal(SIGHUP);
    CHECK(eventually([&] { return Stage::metric(address, "fairway_config_last_reload_success") == 0.0; })
    );
    stage.manifest("second.yaml", Stage::demo("second"));
    CHECK(eventually([&] { return in_sync(address, 2); }));

    stage.extra = "log: {format: json}\n";
    stage.configure();
    daemon.signal(SIGHUP);
    CHECK(eventually([&] { return Stage::metric(address, "fairway_config_last_reload_success") == 1.0; })
    );
    stage.manifest("third.yaml", Stage::demo("third"));
    CHECK(eventually([&] { return in_sync(address, 3); }));
    CHECK(stage.writes() == 3);
}

TEST_CASE("the swap of a ConfigMap is one new set of manifests") {
    Stage stage;
    const auto put_generation = [&](const std::string& generation, int port) {
        const std::string folder = stage.manifests() + "/" + generation;
        fs::create_directory(folder);
        for (const char* name : {"first", "second"}) {
            std::ofstream(folder + "/" + name + ".yaml") << Stage::demo(name, port);
        }
        fs::remove(stage.manifests() + "/..data_tmp");
        fs::create_directory_symlink(generation, stage.manifests() + "/..data_tmp");
        fs::rename(stage.manifests() + "/..data_tmp", stage.manifests() + "/..data");
    };
    put_generation("..one", 22);
    for (const char* name : {"first.yaml", "second.yaml"}) {
        fs::create_symlink(std::string("..data/") + name, stage.manifests() + "/" + name);
    }
    std::string address;
    Process daemon = stage.daemon(address);
    REQUIRE(eventually([&] { return in_sync(address, 2); }));
    put_generation("..two", 8080);
    fs::remove_all(stage.manifests() + "/..one");
    CHECK(eventually([&] {
        const auto live = stage.cloud.channels();
        return std::all_of(live.begin(), live.end(), [](const auto& channel) {
            return channel.port == 8080;
        });
    }));
}

TEST_CASE("an unchanged world costs list calls only, and drift is found by them and put right") {
    Stage stage;
    stage.reconcile = "{drift_interval: 1s}";
    stage.configure();
    stage.manifest("demo.yaml", Stage::demo());
    std::string address;
    Process daemon = stage.daemon(address);
    REQUIRE(eventually([&] { return in_sync(address, 1); }));
    const auto past = stage.cloud.audit().back().sequence;
    const auto lists = [&] { return stage.cloud.audit(past, "ListProjectVpcChannelsV2").size(); };
    REQUIRE(eventually([&] { return lists() >= 3; }));
    CHECK(stage.cloud.audit(past).size() == lists());

    const auto live = stage.cloud.channels_named("VPC_demo");
    REQUIRE(stage.cloud.change(live.front().id, [](apic_simulator::Channel& channel) {
        channel.port = 99;
    }));
    CHECK(eventually([&] { return stage.cloud.channels_named("VPC_demo").front().port == 22; }));
    CHECK(eventually([&] {
        return Stage::metric(
                   address, "fairway_drift_detected_total{field_group=\"settings\",project=\"default\"}"
               ) == 1.0;
    }));
}

TEST_CASE("with somebody who keeps changing it back, the daemon does not fight at full speed") {
    Stage stage;
    stage.reconcile = "{drift_interval: 1s}";
    stage.configure();
    stage.manifest("demo.yaml", Stage::demo());
    std::string address;
    Process daemon = stage.daemon(address);
    REQUIRE(eventually([&] { return in_sync(address, 1); }));
    const std::string id = stage.cloud.channels_named("VPC_demo").front().id;
    const auto change_back = [&] {
        return stage.cloud.change(id, [](apic_simulator::Channel& channel) { channel.port = 99; });
    };
    const auto updates = [&] { return stage.cloud.audit(0, "UpdateProjectVpcChannel").size(); };
    for (std::size_t round = 1; round <= 3; ++round) {
        REQUIRE(change_back());
        const std::string passes = "fairway_reconciles_total{project=\"default\",result=\"changed\"}";
        REQUIRE(eventually([&] {  // the first of them was the create
            return Stage::metric(address, passes) == static_cast<double>(round + 1);
        }));
    }
    REQUIRE(change_back());
    const auto past = stage.cloud.audit().back().sequence;
    REQUIRE(eventually([&] { return stage.cloud.audit(past, "ListProjectVpcChannelsV2").size() >= 3; }));
    CHECK(updates() == 3);
    CHECK(Stage::metric(address, "fairway_channel_flaps_total{project=\"default\"}") == 1.0);
    CHECK(
        Stage::metric(address, "fairway_channel_drifted{project=\"default\",name=\"VPC_demo\"}") == 1.0
    );
    CHECK(eventually([&] {  // also once a list has shown it
        return contains(stage.run({"get"}).out, "OutOfSync") ||
               contains(stage.run({"get"}).out, "Drifted");
    }));
    const auto described = stage.run({"describe", "VPC_demo"});
    CHECK(contains(described.out, "Flapping"));
    CHECK(contains(described.out, "somebody else keeps changing it: put right 3 times"));

    stage.manifest("demo.yaml", Stage::demo("VPC_demo", 23));  // an edit is carried out all the same
    CHECK(eventually([&] { return stage.cloud.channels_named("VPC_demo").front().port == 23; }));
}

TEST_CASE("under faults the metrics agree with what the cloud counted") {
    Stage stage;
    stage.reconcile = "{settle: 200ms, drift_interval: 1s}";
    stage.configure();
    std::vector<apic_simulator::FaultRule> rules(2);
    rules[0].probability = 0.2;
    rules[1].kind = apic_simulator::FaultKind::throttle;
    rules[1].probability = 0.2;
    stage.cloud.set_faults(rules, 3);
    constexpr int channels = 20;
    for (int i = 0; i < channels; ++i) {
        const std::string name = "channel_" + std::to_string(i);
        stage.manifest(name + ".yaml", Stage::demo(name));
    }
    std::string address;
    Process daemon = stage.daemon(address, {"--unsafe-settle"});
    REQUIRE(eventually([&] { return in_sync(address, channels); }, std::chrono::seconds(90)));
    stage.cloud.clear_faults();
    const auto counted = [&](const std::string& code) {
        return Stage::metric(
                   address, "fairway_api_requests_total{code=\"" + code +
                                "\",operation=\"CreateProjectVpcChannel\",project=\"default\"}"
        )
            .value_or(0);
    };
    const auto summary = stage.cloud.audit_summary();
    for (const auto& [status, count] : summary.by_status.at("CreateProjectVpcChannel")) {
        CAPTURE(status);
        CHECK(counted(std::to_string(status)) == static_cast<double>(count));
    }
    const double made =
        Stage::metric(
            address, "fairway_changes_total{action=\"create\",project=\"default\",result=\"ok\"}"
        )
            .value_or(0);
    CHECK(made == static_cast<double>(summary.by_status.at("CreateProjectVpcChannel").at(201)));
}

}  // namespace
}  // namespace fairway
