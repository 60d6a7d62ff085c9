#include "tests/simulator_test/cloud.hpp"

using namespace simulator_test;

namespace {

const std::string row = "/project_vpc_channels/0";

/// A cloud with one switch set.
struct Switched : Cloud {
    Switched(std::string_view name, std::string_view value) : Cloud(with_switches({{name, value}})) {}

    Response create(const Body& body) { return post(project_channels, body.str()); }
    Response write(const Body& body) { return put(project_channels, body.str()); }
};

Body edited(const std::string& pointer, std::string_view json) {
    return std::move(Body::create().set(pointer, json));
}
Body without(const std::string& pointer) {
    return std::move(Body::create().drop(pointer));
}

std::string status_and_code(const Response& response) {
    return std::to_string(response.status) + ' ' + response.error_code();
}

}  // namespace

TEST_CASE(
    "name_modifiable_error, unknown_instance_error and instance_not_running_error choose the refusal"
) {
    const auto refused = [](std::string_view name, std::string_view value, std::string_view how) {
        Switched cloud(name, value);
        if (how == "modifiable") cloud.simulator.set_name_modifiable(test1, "on");
        if (how == "frozen") cloud.simulator.set_instance_status(test1, "FROZEN");
        return status_and_code(
            cloud.create(how == "unknown" ? edited("/instance_ids", "[\"x\"]") : Body::create())
        );
    };
    CHECK(refused("name_modifiable_error", "apig_2000", "modifiable") == "400 APIG.2000");
    CHECK(refused("name_modifiable_error", "apig_3471", "modifiable") == "403 APIG.3471");
    CHECK(refused("name_modifiable_error", "apig_3458", "modifiable") == "412 APIG.3458");
    CHECK(refused("unknown_instance_error", "apig_2012", "unknown") == "400 APIG.2012");
    CHECK(refused("unknown_instance_error", "apig_1136", "unknown") == "403 APIG.1136");
    CHECK(refused("instance_not_running_error", "apic_7701", "frozen") == "409 APIC.7701");
    CHECK(refused("instance_not_running_error", "apig_1136", "frozen") == "403 APIG.1136");
    CHECK(refused("instance_not_running_error", "accept", "frozen") == "201 ");
}

TEST_CASE("too_many_instances_error and instances_per_request_limit decide about long lists") {
    const Body body = edited("/instance_ids", R"(["1","2","3","4","5","6","7","8","9","10","11"])");
    CHECK(
        status_and_code(Switched("too_many_instances_error", "apig_2011").create(body)) ==
        "400 APIG.2011"
    );
    CHECK(
        status_and_code(Switched("too_many_instances_error", "apig_3100").create(body)) ==
        "403 APIG.3100"
    );
    CHECK(status_and_code(Switched("instances_per_request_limit", "0").create(body)) == "404 APIG.3030");
}

TEST_CASE("create_uniqueness=listed looks at the listed instances only") {
    Switched cloud("create_uniqueness", "listed");
    cloud.simulator.plant(test1, Body::small("VPC_demo").str());
    CHECK(cloud.create(Body::create()).error_code() == "APIG.3208");
    CHECK(cloud.create(edited("/instance_ids", "[\"" + test2 + "\"]")).status == 201);
}

TEST_CASE("project_write says what a failure on the second instance leaves behind") {
    for (const auto& [value, left] :
         {std::pair("validate_then_apply", 0), std::pair("atomic", 0),
          std::pair("apply_until_error", 1)}) {
        CAPTURE(value);
        Switched cloud("project_write", value);
        cloud.simulator.set_instance_status(test2, "FROZEN");
        CHECK(cloud.create(Body::create()).error_code() == "APIC.7701");
        CHECK(cloud.simulator.channels().size() == static_cast<std::size_t>(left));
        cloud.simulator.set_instance_status(test2, "RUNNING");
        FaultRule rule;
        rule.kind = FaultKind::fail_midway;
        cloud.simulator.set_faults({rule});
        CHECK(cloud.create(edited("/name", "\"other\"")).status == 500);
        const std::size_t written = value == std::string_view("atomic") ? 0 : 1;
        CHECK(cloud.simulator.channels_named("other").size() == written);
    }
}

TEST_CASE("project_id_in_answer=omitted answers as the examples do") {
    Switched cloud("project_id_in_answer", "omitted");
    const Response response = cloud.create(Body::create());
    CHECK(response.at(row + "/id") == "");
    CHECK(response.at(row + "/status") == "");
    CHECK(response.at(row + "/members") == "");
    CHECK(response.at(row + "/name") == "VPC_demo");
    CHECK(cloud.get(project_channels).at(row + "/id") != "");
}

TEST_CASE("project_type_form and project_put_status change form and status") {
    CHECK(Switched("project_type_form", "string").create(Body::create()).at(row + "/type") == "BUILTIN");
    CHECK(Switched("project_put_status", "201").write(Body::create()).status == 201);
}

TEST_CASE("empty_members_put=clear and nonempty_members_put=upsert treat members the other way") {
    Switched clear("empty_members_put", "clear");
    std::string id = clear.create_demo();
    clear.write(edited("/members", "[]"));
    CHECK(clear.stored(id).members.empty());
    Switched upsert("nonempty_members_put", "upsert");
    id = upsert.create_demo();
    upsert.write(edited("/members", R"([{"host":"10.0.0.1"}])"));
    CHECK(upsert.stored(id).members.size() == 3);
}

TEST_CASE("absent_list=unchanged and absent_health=remove treat what is absent the other way") {
    Switched unchanged("absent_list", "unchanged");
    std::string id = unchanged.create_demo();
    unchanged.write(std::move(without("/member_groups").drop("/members")));
    CHECK(unchanged.stored(id).groups.size() == 2);
    CHECK(unchanged.stored(id).members[0].group == "test");
    Switched remove("absent_health", "remove");
    id = remove.create_demo();
    remove.write(without("/vpc_health_config"));
    CHECK_FALSE(remove.stored(id).health);
}

TEST_CASE("sync_conflict=skip leaves a differing target alone") {
    Switched cloud("sync_conflict", "skip");
    const std::string id = cloud.create_demo();
    const std::string other = cloud.simulator.channels_named("VPC_demo")[1].id;
    cloud.simulator.change(other, [](Channel& channel) { channel.port = 9; });
    const std::string body = R"({"vpc_channel_id":")" + id + R"(","instance_ids":[")" + test2 + "\"]}";
    CHECK(cloud.post(project_channels + "/syncs", body).status == 201);
    CHECK(cloud.stored(other).port == 9);
}

TEST_CASE("group_weight_effect says which weight members show") {
    const auto weights = [](const char* value) {
        Switched cloud("group_weight_effect", value);
        Body body = Body::create();
        body.set("/member_groups/0/member_group_weight", "5").set("/members/0/weight", "7");
        body.set("/members/1/member_group_name", "\"test\"");
        const Response response = cloud.create(body);
        return response.at(row + "/members/0/weight") + ' ' + response.at(row + "/members/1/weight");
    };
    CHECK(weights("copy") == "5 5");
    CHECK(weights("none") == "7 2");
    CHECK(weights("distribute") == "3 2");
}

TEST_CASE("nacos_group_weight ignores a weight, or refuses it") {
    Body body = Body::file("channel-create-nacos.request.json");
    body.set("/member_groups/0/member_group_weight", "5");
    Switched ignoring("nacos_group_weight", "ignore");
    CHECK(
        ignoring.post(on_instance(test1), body.str()).at("/member_groups/0/member_group_weight") == "0"
    );
    CHECK(
        Switched("nacos_group_weight", "reject").post(on_instance(test1), body.str()).error_code() ==
        "APIG.2012"
    );
}

TEST_CASE("member_key says what makes two members the same") {
    const auto count = [](const char* value) {
        Switched cloud("member_key", value);
        Body body = Body::create();
        body.set("/members", R"([{"host":"10.0.0.1","member_group_name":"test"},
            {"host":"10.0.0.1","member_group_name":"default"},{"host":"10.0.0.1","port":22},
            {"host":"10.0.0.1","port":23}])");
        cloud.create(body);
        return cloud.simulator.channels().at(0).members.size();
    };
    CHECK(count("group_host_port") == 4);
    CHECK(count("host_port") == 2);
    CHECK(count("host") == 1);
}

TEST_CASE("member_unknown_group=create makes the group") {
    Switched cloud("member_unknown_group", "create");
    CHECK(cloud.create(edited("/members/0/member_group_name", "\"fresh\"")).status == 201);
    CHECK(cloud.simulator.channels().at(0).groups.size() == 3);
}

TEST_CASE("members_add_answer=all answers with every member") {
    Switched cloud("members_add_answer", "all");
    const std::string path = on_instance(test1, "/" + cloud.create_demo() + "/members");
    CHECK(cloud.post(path, R"({"members":[{"host":"10.0.0.1"}]})").at("/total") == "3");
}

TEST_CASE("rename_when_off decides about new names in project mode") {
    const auto renamed = [](const char* value) {
        Switched cloud("rename_when_off", value);
        const std::string path = on_instance(test1, "/" + cloud.create_demo());
        return status_and_code(cloud.put(path, Body::small("renamed").str()));
    };
    CHECK(renamed("accept") == "200 ");
    CHECK(renamed("apig_3471") == "403 APIG.3471");
}

TEST_CASE("name_case_sensitive=no takes names that differ by case for one") {
    Switched cloud("name_case_sensitive", "no");
    const std::string id = cloud.create_demo();
    CHECK(cloud.create(edited("/name", "\"vpc_DEMO\"")).error_code() == "APIG.3208");
    CHECK(cloud.write(edited("/name", "\"vpc_DEMO\"")).at(row + "/id") == id);
    CHECK(cloud.get(project_channels + "?name=vpc_demo&precise_search=name").at("/total") == "2");
}

TEST_CASE("name_allows_period and host_max_length move bounds") {
    CHECK(
        Switched("name_allows_period", "no").create(edited("/name", "\"a.bc\"")).error_code() ==
        "APIG.2012"
    );
    const std::string long_host = '"' + std::string(65, 'a') + '"';
    CHECK(
        Switched("host_max_length", "64").create(edited("/members/0/host", long_host)).error_code() ==
        "APIG.2006"
    );
    CHECK(Switched("host_max_length", "255").create(edited("/members/0/host", long_host)).status == 201);
}

TEST_CASE("health_bounds=apig and timeout_strict=equal_allowed take shorter times") {
    Body body = edited("/vpc_health_config/time_interval", "1");
    body.set("/vpc_health_config/timeout", "1");
    CHECK(Switched("health_bounds", "apig").create(body).error_code() == "APIG.2012");
    Cloud both(with_switches({{"health_bounds", "apig"}, {"timeout_strict", "equal_allowed"}}));
    CHECK(both.post(project_channels, body.str()).status == 201);
}

TEST_CASE("http_code_required says when a code has to be given") {
    Body https = without("/vpc_health_config/http_code");
    https.text("/vpc_health_config/protocol", "https");
    CHECK(Switched("http_code_required", "http_and_https").create(https).error_code() == "APIG.2001");
    CHECK(
        Switched("http_code_required", "never").create(without("/vpc_health_config/http_code")).status ==
        201
    );
}

TEST_CASE("both_types, cce_supported and required_with_default refuse more") {
    Body both = edited("/type", "2");
    both.text("/vpc_channel_type", "builtin");
    CHECK(Switched("both_types", "always").create(both).error_code() == "APIG.2012");
    const std::string cce = Body::file("channel-create-cce.request.json").str();
    CHECK(Switched("cce_supported", "no").post(on_instance(test1), cce).error_code() == "APIG.2012");
    CHECK(
        Switched("required_with_default", "required")
            .create(without("/balance_strategy"))
            .error_code() == "APIG.2001"
    );
}

TEST_CASE("microservice_fields_on_builtin=reject refuses them") {
    const Body body = edited("/member_groups/0/microservice_version", "\"v1\"");
    CHECK(
        Switched("microservice_fields_on_builtin", "ignore")
            .create(body)
            .at(row + "/member_groups/0/microservice_version") == ""
    );
    CHECK(Switched("microservice_fields_on_builtin", "reject").create(body).error_code() == "APIG.2012");
}

TEST_CASE("protocol_case says how protocols are shown") {
    const Body body = edited("/vpc_health_config/protocol", "\"HTTP\"");
    const std::string pointer = row + "/vpc_health_config/protocol";
    CHECK(Switched("protocol_case", "lower").create(body).at(pointer) == "http");
    CHECK(Switched("protocol_case", "as_sent").create(body).at(pointer) == "HTTP");
    CHECK(Switched("protocol_case", "upper").create(Body::create()).at(pointer) == "HTTP");
}

TEST_CASE("time_precision, empty_microservice_info and nacos_password_echo change answers") {
    CHECK(
        Switched("time_precision", "seconds").create(Body::create()).at(row + "/create_time").size() ==
        20
    );
    CHECK(
        Switched("empty_microservice_info", "null")
            .create(Body::create())
            .at(row + "/microservice_info") == "null"
    );
    CHECK(
        Switched("empty_microservice_info", "absent")
            .create(Body::create())
            .at(row + "/microservice_info") == ""
    );
    const std::string nacos = Body::file("channel-create-nacos.request.json").str();
    const Response echoed = Switched("nacos_password_echo", "as_sent").post(on_instance(test1), nacos);
    CHECK(echoed.at("/microservice_info/nacos_info/user_info/password") == "example-only");
}

TEST_CASE("list_members_default, list_order and limit_out_of_range change lists") {
    Switched given("list_members_default", "given");
    given.create_demo();
    CHECK(given.get(project_channels).at(row + "/members/0/host") == "192.168.0.5");

    Switched shuffled("list_order", "shuffled");
    for (int i = 0; i < 20; ++i)
        shuffled.simulator.plant(test1, Body::small("c" + std::to_string(100 + i)).str());
    const Response once = shuffled.get(project_channels);
    const Response twice = shuffled.get(project_channels);
    CHECK(once.at("/size") == "20");
    CHECK(once.at("/project_vpc_channels") != twice.at("/project_vpc_channels"));

    Switched strict("limit_out_of_range", "reject");
    CHECK(strict.get(project_channels + "?limit=501").error_code() == "APIG.2004");
    CHECK(strict.get(project_channels + "?limit=0").error_code() == "APIG.2004");
}

TEST_CASE("count_ip_members=no and group_limit change quotas") {
    Body body = Body::create();
    for (int i = 0; i < 9; ++i)
        body.set("/members/-", R"({"host":"10.0.0.)" + std::to_string(i) + "\"}");
    CHECK(Switched("count_ip_members", "no").create(body).status == 201);
    CHECK(Switched("group_limit", "1").create(Body::create()).error_code() == "APIG.3100");
}

TEST_CASE("read_lag_ms shows writes late, in reads only") {
    Switched cloud("read_lag_ms", "60000");
    const std::string id = cloud.create_demo();
    CHECK(cloud.get(project_channels).at("/total") == "0");
    CHECK(cloud.get(on_instance(test1, "/" + id)).status == 404);
    CHECK(cloud.create(Body::create()).error_code() == "APIG.3208");
    cloud.simulator.advance_clock(std::chrono::seconds(61));
    CHECK(cloud.get(project_channels).at("/total") == "2");
    CHECK(cloud.remove(on_instance(test1, "/" + id)).status == 204);
    CHECK(cloud.get(project_channels).at("/total") == "2");
    cloud.simulator.set_switch("read_lag_ms", "0");
    CHECK(cloud.get(project_channels).at("/total") == "1");
}

TEST_CASE("throttle refuses what is too much for a window") {
    const auto third = [](const char* value) {
        Cloud cloud(with_switches({{"throttle", value}, {"throttle_requests", "2"}}));
        cloud.get(project_channels);
        cloud.get(project_channels);
        Response response = cloud.get(project_channels);
        cloud.simulator.advance_clock(std::chrono::minutes(1));
        CHECK(cloud.get(project_channels).status == 200);
        return response;
    };
    CHECK(third("off").status == 200);
    CHECK(status_and_code(third("on")) == "429 APIGW.0308");
    CHECK(third("on").header("retry-after") == nullptr);
    CHECK(*third("retry_after").header("retry-after") == "60");
    CHECK(status_and_code(third("as_500")) == "500 APIG.9008");
}

TEST_CASE("unknown_json_fields=reject refuses what nobody knows") {
    const Body body = edited("/colour", "\"red\"");
    CHECK(Switched("unknown_json_fields", "ignore").create(body).status == 201);
    Switched strict("unknown_json_fields", "reject");
    CHECK(strict.create(body).error_code() == "APIG.2000");
    CHECK(strict.create(edited("/members/0/colour", "1")).error_code() == "APIG.2000");
    CHECK(strict.create(Body::create()).status == 201);
}
