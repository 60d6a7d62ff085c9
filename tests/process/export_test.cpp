// From the live channels to manifests and back: nothing may be left to change.
#include <doctest/doctest.h>

#include <array>
#include <fstream>
#include <iterator>
#include <set>

#include "tests/process/stage.hpp"

namespace fairway {
namespace {

namespace fs = std::filesystem;

constexpr const char* first = "ddd73cde017890908ae0117d67bf7330";   // by id
constexpr const char* second = "eea73cde015940908ae0117d67bf7330";  // the one it is told of

std::string content(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string body(const std::string& name, const std::string& rest) {
    return R"({"name":")" + name + R"(",)" + rest + "}";
}

/// One of every kind of channel, with every kind of field, under names that YAML could mistake.
const std::array<std::string, 11> kinds{
    body("on-demand", R"("port":80,"member_type":"ip","members":[{"host":"10.0.0.2","weight":2},
        {"host":"10.0.0.1","weight":1,"port":81,"is_backup":true},{"host":"::1:2","weight":0,"status":2},
        {"host":"shop.example.com"}])"),
    body("weighted", R"("port":80,"balance_strategy":2,"member_type":"ip",
        "member_groups":[{"member_group_name":"yes","member_group_weight":3,"member_group_remark":"a: b # c"},
        {"member_group_name":"null","member_group_remark":" 1e3 "}],
        "members":[{"host":"10.0.0.2","weight":7,"member_group_name":"yes"},
        {"host":"10.0.0.1","weight":5,"member_group_name":"null"}])"),
    body(
        "hashed",
        R"("port":80,"balance_strategy":4,"member_type":"ip","members":[{"host":"10.0.0.2","weight":1}])"
    ),
    body(
        "servers",
        R"("port":80,"balance_strategy":3,"member_type":"ecs","members":[{"ecs_id":"5e7330","ecs_name":"007"}])"
    ),
    body(
        "probed",
        R"("port":80,"member_type":"ip","vpc_health_config":{"protocol":"https","path":"/up","method":"HEAD",
        "port":8443,"threshold_normal":2,"threshold_abnormal":3,"time_interval":30,"timeout":10,
        "http_code":"200,201-204","enable_client_ssl":true})"
    ),
    body("connected", R"("port":80,"member_type":"ip","vpc_health_config":{"protocol":"tcp",
        "threshold_normal":2,"threshold_abnormal":3,"time_interval":30,"timeout":10})"),
    body(
        "engine",
        R"("port":80,"type":3,"vpc_channel_type":"microservice","microservice_info":{"service_type":"CSE",
        "cse_info":{"engine_id":"1e3","service_id":"true"}},"member_groups":[{"member_group_name":"blue",
        "microservice_version":"1.0","microservice_port":80,
        "microservice_labels":[{"label_name":"b","label_value":"2"},{"label_name":"a","label_value":"1"}]}])"
    ),
    body(
        "workload",
        R"("port":80,"vpc_channel_type":"microservice","microservice_info":{"service_type":"CCE",
        "cce_info":{"cluster_id":"c1","namespace":"default","workload_type":"statefulset","app_name":"shop",
        "label_key":"app","label_value":"other"}})"
    ),
    body(
        "service",
        R"("port":80,"vpc_channel_type":"microservice","microservice_info":{"service_type":"CCE_SERVICE",
        "cce_service_info":{"cluster_id":"c1","namespace":"default","service_name":"shop"}})"
    ),
    body(
        "registry",
        R"("port":80,"vpc_channel_type":"microservice","microservice_info":{"service_type":"NACOS",
        "nacos_info":{"namespace":"","cluster_name":"DEFAULT","group_name":"g","service_name":"orders",
        "server_config":[{"ip_address":"10.0.0.9","port":8848},{"ip_address":"10.0.0.8","port":8848,"grpc_port":9000}],
        "user_info":{"user_name":"reader","password":"hunter-two"}}})"
    ),
    body(
        "entry",
        R"("port":80,"vpc_channel_type":"reference","member_groups":[{"member_group_name":"target",
        "reference_vpc_channel_id":"0x1F"}])"
    ),
};

void plant_all(Stage& stage) {
    for (const std::string& channel : kinds) {
        stage.cloud.plant(second, channel);
        stage.cloud.plant(first, channel);
    }
}

Stage::Ended export_to(const Stage& stage, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"export",  "--dir",          stage.manifests(),
                                       "--adopt", "--nacos-secret", "nacos-prod"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return stage.run(arguments);
}

/// Validated, adopted without a write, and nothing left to plan.
void check_round_trip(Stage& stage) {
    const auto exported = export_to(stage);
    CAPTURE(exported.err);
    CHECK(exported.code == 0);
    CHECK(exported.err.empty());
    const auto validated = stage.run({"validate"});
    CAPTURE(validated.out);
    CHECK(validated.code == 0);
    CHECK(contains(validated.out, std::to_string(kinds.size()) + " channels valid"));
    CHECK_FALSE(contains(validated.out, "warning"));
    const auto adopted = stage.run({"apply", "--yes"});
    CAPTURE(adopted.out);
    CHECK(adopted.code == 0);
    CHECK(contains(adopted.out, std::to_string(kinds.size()) + " adopted"));
    const auto planned = stage.run({"plan", "--detailed-exitcode"});
    CAPTURE(planned.out);
    CHECK(planned.code == 0);
    CHECK(stage.writes() == 0);
}

TEST_CASE("every kind of channel is exported, adopted and then in sync, without a write") {
    Stage stage;
    plant_all(stage);
    check_round_trip(stage);
    for (const auto& entry : fs::directory_iterator(stage.manifests())) {
        CHECK(
            content(entry.path()).starts_with("# yaml-language-server: $schema=./fairway.schema.json\n")
        );
    }
    const auto again = export_to(stage);
    CHECK(again.out == "0 written, 11 unchanged, in " + stage.manifests() + "\n");
}

TEST_CASE("the round trip holds however the cloud words its answers") {
    for (const auto& [name, value] : std::initializer_list<std::pair<const char*, const char*>>{
             {"list_order", "shuffled"},
             {"protocol_case", "upper"},
             {"project_type_form", "string"},
             {"empty_microservice_info", "null"},
             {"group_weight_effect", "distribute"},
             {"nacos_password_echo", "as_sent"}}) {
        CAPTURE(name);
        Stage stage;
        stage.cloud.set_switch(name, value);
        plant_all(stage);
        check_round_trip(stage);
    }
}

TEST_CASE("the text is the same whatever order the cloud lists in") {
    Stage stage;
    plant_all(stage);
    const auto once = stage.run({"export", "--nacos-secret", "nacos-prod"});
    CHECK(once.code == 0);
    CHECK(once.out.starts_with("# yaml-language-server: $schema="));
    stage.cloud.set_switch("list_order", "shuffled");
    for (int i = 0; i < 3; ++i)
        CHECK(stage.run({"export", "--nacos-secret", "nacos-prod"}).out == once.out);
    stage.manifest("all.yaml", once.out);
    CHECK(stage.run({"validate"}).code == 0);
}

TEST_CASE("no password leaves the cloud, and a placeholder for it is told") {
    Stage stage;
    stage.cloud.set_switch("nacos_password_echo", "as_sent");
    stage.cloud.plant(first, kinds[9]);
    const auto ended = stage.run({"export"});
    CHECK(ended.code == 0);
    CHECK_FALSE(contains(ended.out + ended.err, "hunter-two"));
    CHECK(contains(ended.out, "password: {secret: REPLACE-ME-nacos-password}"));
    CHECK(contains(ended.err, "--nacos-secret"));
    stage.manifest("registry.yaml", ended.out);
    CHECK(stage.run({"validate"}).code == 3);  // until the secret is defined

    CHECK(contains(stage.run({"export", "--nacos-secret", "other"}).err, "defines no secret"));
    const auto pasted = stage.run({"export", "--nacos-secret", "it is: the password"});
    CHECK(pasted.code == 3);
    CHECK_FALSE(contains(pasted.err, "the password"));
}

TEST_CASE("instances that differ are told by field and left out; the first by id is exported") {
    Stage stage;
    stage.cloud.plant(
        second, body("web", R"("port":81,"member_type":"ip","members":[{"host":"10.0.0.1"}])")
    );
    stage.cloud.plant(first, body("web", R"("port":80,"member_type":"ip")"));
    const auto ended = stage.run({"export"});
    CHECK(ended.code == 0);
    CHECK(contains(ended.out, "port: 80\n"));
    CHECK(contains(ended.out, first));
    CHECK_FALSE(contains(ended.out, second));
    CHECK(contains(ended.err, std::string("default/web: differs on instance ") + second));
    CHECK(contains(ended.err, "/port"));
    CHECK(contains(ended.err, "/members/"));
}

TEST_CASE("a file that says something else is kept, unless it is forced") {
    Stage stage;
    plant_all(stage);
    REQUIRE(export_to(stage).code == 0);
    stage.manifest("weighted.yaml", "# mine\n");
    fs::remove(stage.manifests() + "/entry.yaml");
    const auto refused = export_to(stage);
    CHECK(refused.code == 5);
    CHECK(contains(refused.err, "weighted.yaml"));
    CHECK(contains(refused.err, "--force"));
    CHECK_FALSE(fs::exists(stage.manifests() + "/entry.yaml"));
    CHECK(content(stage.manifests() + "/weighted.yaml") == "# mine\n");
    CHECK(export_to(stage, {"--force"}).out == "2 written, 9 unchanged, in " + stage.manifests() + "\n");
    CHECK(content(stage.manifests() + "/weighted.yaml") != "# mine\n");
}

TEST_CASE("a link is never written through, not even forced") {
    Stage stage;
    plant_all(stage);
    stage.folder.write("outside", "keep me");
    fs::create_symlink(stage.folder.file("outside"), stage.manifests() + "/weighted.yaml");
    CHECK(export_to(stage, {"--force"}).code == 5);
    CHECK(content(stage.folder.file("outside")) == "keep me");
}

TEST_CASE("odd names make safe files in a folder that is made for them") {
    Stage stage;
    for (const char* name : {"../up", "Web", "web", ".hidden", "渠道一"}) {
        stage.cloud.plant(first, body(name, R"("port":80)"));
    }
    const std::string folder = stage.folder.file("new/deep");
    const auto ended = stage.run({"export", "--dir", folder});
    CAPTURE(ended.err);
    CHECK(ended.code == 4);  // two of the names no manifest may have
    CHECK(
        contains(ended.err, "default/../up: the live channel breaks a rule of manifests: metadata.name")
    );
    std::set<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        files.insert(entry.path().filename());
    CHECK(files.size() == 5);
    CHECK(files.contains("%2E.%2Fup.yaml"));
    CHECK(files.contains("渠道一.yaml"));
    CHECK_FALSE(fs::exists(stage.folder.file("new/up.yaml")));
    const auto mode = fs::status(folder).permissions();
    CHECK((mode & (fs::perms::group_write | fs::perms::others_write)) == fs::perms::none);
}

TEST_CASE("exported manifests have the mode that their user's umask asks for") {
    Stage stage;
    stage.cloud.plant(first, body("one", R"("port":80)"));
    for (const auto& [mask, folder_mode, file_mode] :
         {std::tuple("022", 0755, 0644), std::tuple("077", 0700, 0600), std::tuple("002", 0755, 0644)}) {
        CAPTURE(mask);
        const std::string folder = stage.folder.file(std::string("of_") + mask);
        Process shell(
            {"/bin/sh", "-c",
             std::string("umask ") + mask + "; exec " + FAIRWAY_BINARY + " --config " +
                 stage.folder.file("fairway.yaml") + " export --dir " + folder},
            stage.folder.path()
        );
        REQUIRE(shell.wait() == 0);
        CHECK(static_cast<int>(fs::status(folder).permissions()) == folder_mode);
        CHECK(static_cast<int>(fs::status(folder + "/one.yaml").permissions()) == file_mode);
    }
}

TEST_CASE("names narrow the export, and one that is not there is told") {
    Stage stage;
    plant_all(stage);
    const auto ended = stage.run({"export", "weighted", "absent"});
    CHECK(ended.code == 4);
    CHECK(contains(ended.out, "name: weighted"));
    CHECK_FALSE(contains(ended.out, "name: hashed"));
    CHECK(contains(ended.err, "no live channel is named absent"));
    CHECK(stage.run({"export", "absent"}).code == 3);
    const auto project = stage.run({"export", "--project", "other"});
    CHECK(project.code == 3);
    CHECK(contains(project.err, "default"));
}

TEST_CASE("channels of several projects get a folder and a project each, and lead to one schema") {
    apic_simulator::Config config;
    config.projects.push_back(
        {"0123456789abcdef0123456789abcdef", "cn-north-4", {{"instance3", "test3"}}}
    );
    Stage stage(config);
    std::string text = content(stage.folder.file("fairway.yaml"));
    const std::size_t begin = text.find("  - name: default"), end = text.find("sources:");
    std::string other = text.substr(begin, end - begin);
    other.replace(other.find("default"), 7, "other");
    other.replace(
        other.find("73d69ae0cfcf460190522d06b60f05ad"), 32, "0123456789abcdef0123456789abcdef"
    );
    stage.folder.write("fairway.yaml", text.insert(end, other));
    stage.cloud.plant(first, body("web", R"("port":80)"));
    stage.cloud.plant("instance3", body("web", R"("port":81)"));

    CHECK(export_to(stage).out == "2 written, 0 unchanged, in " + stage.manifests() + "\n");
    const std::string written = content(stage.manifests() + "/other/web.yaml");
    CHECK(written.starts_with("# yaml-language-server: $schema=../fairway.schema.json\n"));
    CHECK(contains(written, "  project: other\n"));
    CHECK(contains(written, "  port: 81\n"));
    CHECK(contains(content(stage.manifests() + "/default/web.yaml"), "  project: default\n"));
    const auto adopted = stage.run({"apply", "--yes"});
    CAPTURE(adopted.out);
    CHECK(adopted.code == 0);
    CHECK(contains(adopted.out, "2 adopted"));
    CHECK(stage.run({"plan", "--detailed-exitcode"}).code == 0);
    CHECK(stage.writes() == 0);

    const std::string folder = stage.folder.file("one");
    CHECK(stage.run({"export", "--project", "other", "--dir", folder}).code == 0);
    CHECK(contains(content(folder + "/web.yaml"), "  project: other\n"));
    CHECK(stage.run({"check", "--project", "other"}).code == 0);
}

TEST_CASE("an export from a cloud that fails says so by its code") {
    Stage stage;
    CHECK(stage.run({"export"}).code == 0);
    stage.endpoint = "https://127.0.0.1:1";
    stage.configure();
    CHECK(stage.run({"export"}).code == 7);
    stage.endpoint.clear();
    stage.configure();
    stage.folder.write("secret_key", "ExampleSecretKeyForDocsOnly00000000000009\n");
    CHECK(stage.run({"export"}).code == 6);
}

TEST_CASE("a thousand channels come from list pages alone") {
    apic_simulator::Config config;
    config.switches.channel_limit = 0;
    Stage stage(config);
    for (int i = 0; i < 1000; ++i) {
        const std::string channel = body("channel_" + std::to_string(i), R"("port":80,"member_type":"ip",
            "members":[{"host":"10.0.0.1","weight":1},{"host":"10.0.0.2","weight":2}])");
        stage.cloud.plant(first, channel);
        stage.cloud.plant(second, channel);
    }
    const std::string folder = stage.folder.file("out");
    const auto ended = stage.run({"export", "--dir", folder});
    CHECK(ended.out == "1000 written, 0 unchanged, in " + folder + "\n");
    CHECK(stage.cloud.audit().size() == 4);
}

}  // namespace
}  // namespace fairway
