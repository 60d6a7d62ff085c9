#include <doctest/doctest.h>

#include "controller/codec/channel_json.hpp"
#include "controller/codec/too_large.hpp"
#include "tests/controller/codec/example.hpp"

namespace fairway {
namespace {

/// A list page with one row, of which `fields` is the inside.
Result<ChannelPage> page_of(const std::string& fields) {
    return parse_project_channels(R"({"size":1,"total":1,"project_vpc_channels":[{)" + fields + "}]}");
}
const std::string least = R"("name":"web","instance_id":"i1","port":8080)";

InstanceChannel row_of(const std::string& more) {
    auto page = page_of(least + (more.empty() ? "" : ",") + more);
    REQUIRE_MESSAGE(page, page.error().what());
    REQUIRE(page->rows.size() == 1);
    return page->rows[0];
}
std::string refusal_of(const std::string& more) {
    const auto page = page_of(least + "," + more);
    return page ? "accepted" : page.error().what();
}

}  // namespace

TEST_CASE("a list page is read with all that it tells") {
    const auto page = parse_project_channels(example("project-list.response-200-members"));
    REQUIRE(page);
    CHECK(page->total == 2);
    CHECK(page->size == 1);
    REQUIRE(page->rows.size() == 1);
    const InstanceChannel& row = page->rows[0];
    CHECK(row.name == "VPC_demo");
    CHECK(row.instance == "eea73cde015940908ae0117d67bf7330");
    CHECK(row.instance_name == "test1");
    CHECK(row.id == "04be10fd3a3f424fac9f603df3297a06");
    CHECK(row.create_time == parse_time("2026-01-15T08:30:00Z"));
    CHECK(row.status == ChannelStatus::normal);
    CHECK(row.spec.port == 8080);
    CHECK(row.spec.balance_strategy == BalanceStrategy::wlc);
    CHECK(row.spec.member_type == MemberType::ip);
    CHECK(row.spec.type == 2);
    CHECK(row.spec.vpc_channel_type == ChannelType::builtin);
    CHECK(row.spec.dict_code == "");
    CHECK(row.spec.instance_ids.empty());
    CHECK_FALSE(row.spec.microservice_info);

    REQUIRE(row.spec.member_groups);
    REQUIRE(row.spec.member_groups->size() == 2);
    CHECK((*row.spec.member_groups)[1].member_group_name == "green");
    CHECK((*row.spec.member_groups)[1].member_group_weight == 10);
    CHECK((*row.spec.member_groups)[1].microservice_labels->empty());
    REQUIRE(row.group_facts.size() == 2);
    CHECK(row.group_facts[1].member_group_id == "105c6902457144a4820dff8b1ad63331");

    CHECK(row.members_known);
    REQUIRE(row.spec.members);
    REQUIRE(row.spec.members->size() == 3);
    const Member& backup = (*row.spec.members)[2];
    CHECK(backup.host == "192.168.1.124");
    CHECK(backup.is_backup == true);
    CHECK(backup.status == AdminStatus::available);
    CHECK(row.member_facts[2].id == "683b6807cad54122a6777ad047a6178e");
    CHECK(row.member_facts[2].health_status == HealthStatus::unknown);

    CHECK(row.health_known);
    REQUIRE(row.spec.vpc_health_config);
    CHECK(row.spec.vpc_health_config->protocol == HealthProtocol::http);
    CHECK(row.spec.vpc_health_config->http_code == "200-299,401");
    CHECK(row.health_facts.id == "3b3d02026c5f402d85e8645ea95b0816");
}

TEST_CASE("the type is read as number and as word, in either case") {
    const auto words = parse_project_channels(example("project-list.response-200-string-type"));
    REQUIRE(words);
    for (const auto& row : words->rows) CHECK(row.spec.type == 2);
    CHECK(row_of(R"("type":"BUILTIN")").spec.type == 2);
    CHECK(row_of(R"("type":"microservice")").spec.type == 3);
    CHECK(row_of(R"("type":3)").spec.type == 3);
    CHECK(row_of(R"("type":"3")").spec.type == 3);
    CHECK_FALSE(row_of(R"("type":"brand-new")").spec.type);
    CHECK_FALSE(row_of(R"("type":"")").spec.type);
    CHECK_FALSE(row_of(R"("type":null)").spec.type);
}

TEST_CASE("the answer to a create has rows without ids, members and page numbers") {
    const auto page = parse_project_channels(example("project-create.response-201"));
    REQUIRE(page);
    CHECK(page->total == 0);
    REQUIRE(page->rows.size() == 2);
    for (const auto& row : page->rows) {
        CHECK(row.name == "VPC_demo");
        CHECK(row.id.empty());
        CHECK_FALSE(row.members_known);
        CHECK_FALSE(row.spec.members);
        CHECK(row.health_known);
        CHECK_FALSE(row.status);
        CHECK_FALSE(row.create_time);
    }
    CHECK(page->rows[1].instance == "ddd73cde017890908ae0117d67bf7330");
    CHECK((*page->rows[1].spec.member_groups)[0].member_group_remark == "");
    CHECK(parse_project_channels(example("project-update.response-200")));
    CHECK(parse_project_channels(example("project-sync.response-201"))->rows.size() == 2);
}

TEST_CASE("an absent list is unknown, a null one is known and empty") {
    InstanceChannel row = row_of("");
    CHECK_FALSE(row.members_known);
    CHECK_FALSE(row.health_known);
    CHECK_FALSE(row.spec.member_groups);

    row = row_of(R"("members":null,"vpc_health_config":null,"member_groups":null)");
    CHECK(row.members_known);
    CHECK(row.spec.members == std::vector<Member>());
    CHECK(row.health_known);
    CHECK_FALSE(row.spec.vpc_health_config);
    CHECK(row.spec.member_groups == std::vector<MemberGroup>());

    row = row_of(R"("members":[])");
    CHECK(row.members_known);
    CHECK(row.spec.members == std::vector<Member>());
}

TEST_CASE("a detail knows members and health check, also when it leaves them out") {
    const auto row = parse_channel_detail(example("channel-show.response-200"), "i1");
    REQUIRE(row);
    CHECK(row->instance == "i1");
    CHECK(row->id == "56a7d7358e1b42459c9d730d65b14e59");
    CHECK(row->spec.members->size() == 2);
    CHECK(row->spec.vpc_health_config->path == "/vpc/demo");
    CHECK(row->spec.member_groups->empty());
    CHECK_FALSE(row->spec.microservice_info);  // empty text all over
    CHECK(row->microservice_facts == MicroserviceFacts());

    const auto least_row = parse_channel_detail(R"({"name":"web","port":1})", "i1");
    REQUIRE(least_row);
    CHECK(least_row->members_known);
    CHECK(least_row->health_known);
    CHECK(least_row->spec.members == std::vector<Member>());
    CHECK_FALSE(least_row->spec.vpc_health_config);
    CHECK_FALSE(parse_channel_detail(R"({"port":1})", "i1"));
}

TEST_CASE("a row without a name, an instance or a port is refused, by its place") {
    CHECK(
        page_of(R"("instance_id":"i1","port":1)").error().what() ==
        "not the contract's shape: project_vpc_channels[0].name is missing"
    );
    CHECK(
        page_of(R"("name":"web","port":1)").error().what() ==
        "not the contract's shape: project_vpc_channels[0].instance_id is missing"
    );
    CHECK_FALSE(page_of(R"("name":"","instance_id":"i1","port":1)"));
    CHECK_FALSE(page_of(R"("name":"web","instance_id":null,"port":1)"));
    CHECK_FALSE(page_of(R"("name":"web","instance_id":"i1")"));
}

TEST_CASE("what is not the contract's shape is refused") {
    for (const std::string body :
         {"", "null", "[]", "{}", "1", R"({"project_vpc_channels":{}})",
          R"({"project_vpc_channels":[1]})", R"({"project_vpc_channels":[null]})",
          R"({"vpc_channels":[]})", "<!DOCTYPE html><html><body>Login</body></html>"}) {
        CAPTURE(body);
        const auto page = parse_project_channels(body);
        REQUIRE_FALSE(page);
        CHECK(page.error().cls() == ErrorClass::retryable);
        CHECK(page.error().reason() == ErrorReason::server);
    }
    CHECK(refusal_of(R"("members":{})").find("[0].members is not a list") != std::string::npos);
    CHECK(refusal_of(R"("members":["x"])").find("[0].members[0] is not an object") != std::string::npos);
    CHECK(
        refusal_of(R"("members":[{"port":1},{"port":[]}])")
            .find("[0].members[1].port is not a whole number") != std::string::npos
    );
    CHECK(
        refusal_of(R"("members":[{"weight":1e20}])").find("weight is not a whole number") !=
        std::string::npos
    );
    CHECK(
        refusal_of(R"("members":[{"weight":2147483648}])").find("weight is not a whole number") !=
        std::string::npos
    );
    CHECK(
        refusal_of(R"("vpc_health_config":[])").find("vpc_health_config is not an object") !=
        std::string::npos
    );
}

TEST_CASE("a page whose reading would take much more than its bytes is refused") {
    const auto list = [](const std::string& element, int count) {
        std::string all = "[" + element;
        for (int i = 1; i < count; ++i) all += "," + element;
        return all + "]";
    };
    const std::string row = R"({"name":"a","port":1,"instance_id":"i"})";
    const auto told = [](const Result<ChannelPage>& page) {
        REQUIRE_FALSE(page);
        CHECK(is_too_large(page.error()));
        return page.error().what();
    };
    CHECK(
        told(parse_project_channels(R"({"project_vpc_channels":)" + list(row, 20'000) + "}")) ==
        "project_vpc_channels is too large"
    );
    CHECK(
        told(page_of(R"("name":"a","port":1,"instance_id":"i","members":)" + list("{}", 100'000))) ==
        "project_vpc_channels[0].members is too large"
    );
    CHECK(
        told(page_of(R"("name":"a","port":1,"instance_id":"i","instance_ids":)" + list("\"\"", 500'000))
        ) == "project_vpc_channels[0].instance_ids is too large"
    );
    const std::string text = '"' + std::string(60'000, 'x') + '"';
    CHECK(
        told(page_of(R"("name":"a","port":1,"instance_id":"i","instance_ids":)" + list(text, 200))) ==
        "project_vpc_channels[0].instance_ids is too large"
    );
    // One text that is too long is not better in a smaller page.
    for (const std::string field : {"name", "id", "instance_id", "instance_ids"}) {
        CAPTURE(field);
        const auto with = [&](std::size_t size) {
            const std::string value = '"' + std::string(size, 'x') + '"';
            const bool ids = field == "instance_ids";
            std::string row = "\"port\":1,\"" + field + "\":" + (ids ? "[" + value + "]" : value);
            for (const std::string other : {"name", "instance_id"}) {
                if (other != field) row += ",\"" + other + "\":\"a\"";
            }
            return page_of(row);
        };
        CHECK(with(64 << 10));
        const auto longer = with((64 << 10) + 1);
        REQUIRE_FALSE(longer);
        CHECK_FALSE(is_too_large(longer.error()));
        CHECK(longer.error().what().find("too long") != std::string::npos);
    }
    // What else is wrong is told first, and what follows is not read.
    const auto odd = page_of(R"("name":1,"port":{},"instance_id":"i","members":)" + list("{}", 100'000));
    REQUIRE_FALSE(odd);
    CHECK_FALSE(is_too_large(odd.error()));
}

TEST_CASE("a body cut off at any byte is refused") {
    for (const std::string name : {"project-list.response-200-members", "channel-show.response-200"}) {
        std::string body = example(name);
        while (!body.empty() && body.back() != '}') body.pop_back();
        for (std::size_t length = 0; length < body.size(); ++length) {
            const std::string_view part(body.data(), length);
            REQUIRE_FALSE(parse_project_channels(std::string(part)));
            REQUIRE_FALSE(parse_channel_detail(std::string(part), "i1"));
            REQUIRE(parse_error_body(part).error_code.empty());
        }
    }
}

TEST_CASE("numbers may be text, and text may be a number") {
    const InstanceChannel row = row_of(
        R"("balance_strategy":"2","status":"1","members":[{"port":"80","weight":5.0,"status":"2"}],)"
        R"("vpc_health_config":{"protocol":"TCP","http_code":200,"threshold_normal":"2","port":""})"
    );
    CHECK(row.spec.balance_strategy == BalanceStrategy::wlc);
    CHECK(row.status == ChannelStatus::normal);
    CHECK((*row.spec.members)[0].port == 80);
    CHECK((*row.spec.members)[0].weight == 5);
    CHECK((*row.spec.members)[0].status == AdminStatus::unavailable);
    CHECK(row.spec.vpc_health_config->http_code == "200");
    CHECK(row.spec.vpc_health_config->protocol == HealthProtocol::tcp);
    CHECK(row.spec.vpc_health_config->threshold_normal == 2);
    CHECK_FALSE(row.spec.vpc_health_config->port);
}

TEST_CASE("fields and words that the contract does not know do no harm") {
    const InstanceChannel row = row_of(
        R"("balance_strategy":9,"member_type":"pod","vpc_channel_type":"mesh","status":7,"new":{"a":[1,{}]},)"
        R"("members":[{"host":"h","status":3,"health_status":"sleepy","color":"red"}],)"
        R"("vpc_health_config":{"protocol":"grpc","method":"PATCH","threshold_normal":1},)"
        R"("microservice_info":{"service_type":"CONSUL","consul_info":{"x":1}})"
    );
    CHECK_FALSE(row.spec.balance_strategy);
    CHECK_FALSE(row.spec.member_type);
    CHECK_FALSE(row.spec.vpc_channel_type);
    CHECK_FALSE(row.status);
    CHECK((*row.spec.members)[0].host == "h");
    CHECK_FALSE((*row.spec.members)[0].status);
    CHECK(row.member_facts[0].health_status == HealthStatus::unknown);
    CHECK_FALSE(row.spec.vpc_health_config->method);
    CHECK_FALSE(row.spec.microservice_info);
}

TEST_CASE("a microservice is read with its facts, and without the parts that are not its own") {
    const InstanceChannel row = row_of(
        R"("microservice_info":{"id":"m1","service_type":"CSE","instance_id":"i1","create_time":"",)"
        R"("cse_info":{"engine_id":"e","service_id":"s","engine_name":"engine","cse_app_id":"app"},)"
        R"("cce_info":{"cluster_id":"","namespace":"","workload_type":"","app_name":"","cluster_name":""},)"
        R"("nacos_info":null})"
    );
    REQUIRE(row.spec.microservice_info);
    CHECK(row.spec.microservice_info->service_type == ServiceType::cse);
    CHECK(row.spec.microservice_info->cse_info->engine_id == "e");
    CHECK_FALSE(row.spec.microservice_info->cce_info);
    CHECK_FALSE(row.spec.microservice_info->nacos_info);
    CHECK(row.microservice_facts.id == "m1");
    CHECK(row.microservice_facts.engine_name == "engine");
    CHECK(row.microservice_facts.cse_app_id == "app");
}

TEST_CASE("a password in an answer is dropped, whatever its shape") {
    for (const std::string password :
         {R"("hunter2")", R"("******")", R"("")", "null", R"({"secret":"nacos-prod"})", "7"}) {
        CAPTURE(password);
        const InstanceChannel row = row_of(
            std::string(
                R"("microservice_info":{"service_type":"NACOS","nacos_info":{"service_name":"orders",)"
            ) +
            R"("server_config":[{"ip_address":"10.0.0.1","port":8848,"grpc_port":9848}],)" +
            R"("user_info":{"user_name":"reader","password":)" + password + "}}}"
        );
        const NacosInfo& nacos = *row.spec.microservice_info->nacos_info;
        CHECK(nacos.user_name == "reader");
        CHECK(nacos.server_config[0].grpc_port == 9848);
        CHECK(nacos.password_secret.empty());
        CHECK(row_to_json(row).find("hunter2") == std::string::npos);
    }
}

TEST_CASE("times come with and without a fraction, and empty") {
    CHECK(
        row_of(R"("create_time":"2020-07-23T07:11:57.244829604Z")").create_time ==
        WallTime(std::chrono::microseconds(1595488317244829))
    );
    CHECK(row_of(R"("create_time":"2020-07-23T07:11:57Z")").create_time.has_value());
    CHECK_FALSE(row_of(R"("create_time":"")").create_time);
    CHECK_FALSE(row_of(R"("create_time":"0001-01-01T00:00:00Z")").create_time);
}

TEST_CASE("page numbers are passed on as they are") {
    const auto page = parse_project_channels(R"({"size":-3,"total":"12","project_vpc_channels":null})");
    REQUIRE(page);
    CHECK(page->size == -3);
    CHECK(page->total == 12);
    CHECK(page->rows.empty());
}

}  // namespace fairway
