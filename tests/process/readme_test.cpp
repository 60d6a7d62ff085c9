// What README shows is what the program prints.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <regex>

#include "tests/process/owner.hpp"

namespace fairway {
namespace {

std::string channel(const std::string& name, const std::string& spec, const std::string& instances) {
    return "apiVersion: fairway/v1\nkind: VpcChannel\nmetadata: {name: " + name + "}\nspec:\n" + spec +
           "  instance_ids: [" + instances + "]\n";
}

/// The block of README that begins with this command, without it.
std::string block_of(const std::string& command) {
    std::ifstream file(std::string(FAIRWAY_SOURCE_DIR) + "/README.md", std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    const std::size_t from = text.find("$ " + command + "\n");
    REQUIRE(from != std::string::npos);
    const std::size_t begin = from + command.size() + 3;
    return text.substr(begin, text.find("```", begin) - begin);
}

/// The ids of channels are different every time.
std::string without_ids(const std::string& text) {
    return std::regex_replace(text, std::regex("\\(id [0-9a-f]+\\)"), "(id ...)");
}

TEST_CASE("the plan in README is what the program prints for those changes") {
    const std::string one = Stage::first_instance, two = Stage::second_instance;
    const std::string both = one + ", " + two;
    const std::string plain = "  port: 8080\n  balance_strategy: wrr\n  member_type: ip\n";
    const auto with_member = [&](const std::string& host) {
        return plain + "  member_groups: [{member_group_name: blue}]\n  members: [{host: " + host +
               ", weight: 1, member_group_name: blue}]\n";
    };
    Owner stage;
    stage.manifest("invoices.yaml", channel("invoices", plain, both));
    stage.manifest("mail.yaml", channel("mail", plain, both));
    stage.manifest("orders.yaml", channel("orders", plain, both));
    stage.manifest("payments.yaml", channel("payments", plain, both));
    stage.manifest("reports.yaml", channel("reports", plain, one));
    stage.manifest("search.yaml", channel("search", with_member("192.168.0.6"), both));
    stage.manifest("stock.yaml", channel("stock", plain, both));
    stage.own(14);

    stage.cloud.plant(one, R"({"name":"legacy","port":99,"balance_strategy":1,"member_type":"ip"})");
    for (const auto& live : stage.cloud.channels_named("orders")) {
        if (live.instance_id != one) continue;
        stage.cloud.change(live.id, [](apic_simulator::Channel& drifted) {
            drifted.balance_strategy = 2;
        });
    }
    stage.manifest("checkout.yaml", channel("checkout", plain, one));
    stage.manifest(
        "invoices.yaml",
        channel(
            "invoices",
            plain + "  vpc_channel_type: microservice\n  microservice_info:\n    service_type: CSE\n"
                    "    cse_info: {engine_id: engine, service_id: service}\n",
            both
        )
    );
    stage.manifest("legacy.yaml", channel("legacy", plain, one));
    stage.remove("mail");
    std::string moved = plain;
    moved.replace(moved.find("8080"), 4, "9090");
    stage.manifest("payments.yaml", channel("payments", moved, both));
    stage.manifest("reports.yaml", channel("reports", plain, both));
    stage.manifest("search.yaml", channel("search", with_member("192.168.0.7"), both));
    stage.manifest("stock.yaml", channel("stock", plain, one));

    const auto planned = stage.run({"plan", "--prune", "--allow-replace", "invoices"});
    CHECK(planned.code == 0);
    CHECK(
        without_ids(planned.out) ==
        without_ids(block_of("fairway plan --prune --allow-replace invoices"))
    );
}

}  // namespace
}  // namespace fairway
