#include "tests/simulator/checks.hpp"
#include "tests/simulator/text.hpp"
#include "tests/simulator/validate.hpp"

namespace apic_simulator {
namespace {

void check_id(const std::optional<std::string>& id, std::string_view field) {
    checks::present(id, field);
    checks::not_longer(id, 64, field);
}

void check_cse(const CseInput& cse, const Config& config) {
    check_id(cse.engine_id, "engine_id");
    check_id(cse.service_id, "service_id");
    if (!config.cse_engines.empty() && !config.cse_engines.contains(*cse.engine_id)) {
        throw Refusal(400, "APIG.2042", "The microservice engine does not exist");
    }
    if (!config.cse_services.empty() && !config.cse_services.contains(*cse.service_id)) {
        throw Refusal(400, "APIG.2041", "The microservice does not exist");
    }
}

void check_cce(const CceInput& cce) {
    check_id(cce.cluster_id, "cluster_id");
    check_id(cce.cluster_namespace, "namespace");
    checks::present(cce.workload_type, "workload_type");
    if (cce.workload_type != "deployment" && cce.workload_type != "statefulset" &&
        cce.workload_type != "daemonset") {
        checks::invalid("workload_type");
    }
    const auto given = [](const std::optional<std::string>& text) { return text && !text->empty(); };
    if (!given(cce.app_name)) {
        checks::present(cce.label_key, "app_name");
        checks::present(cce.label_value, "label_value");
    }
    if (given(cce.app_name)) checks::name(*cce.app_name, 1, 64, true, "app_name");
    if (given(cce.label_key)) {
        checks::plain(*cce.label_key, 1, 64, U":._()/-\uff08\uff09\uff1a\u3001", true, "label_key");
        const char32_t first = code_points(*cce.label_key)[0];
        if (!is_letter(first) && !is_digit(first) && !is_ideograph(first)) checks::invalid("label_key");
    }
    if (given(cce.label_value)) checks::name(*cce.label_value, 1, 64, true, "label_value");
}

void check_cce_service(const CceInput& cce) {
    check_id(cce.cluster_id, "cluster_id");
    checks::present(cce.cluster_namespace, "namespace");
    const std::string& space = *cce.cluster_namespace;
    checks::plain(space, 1, 63, U"-", false, "namespace");
    if (lower_case(space) != space || space.front() < 'a' || space.back() == '-')
        checks::invalid("namespace");
    checks::present(cce.service_name, "service_name");
    checks::name(*cce.service_name, 1, 64, true, "service_name");
}

bool has_ideograph(std::string_view text) {
    const std::u32string points = code_points(text);
    for (const char32_t c : points) {
        if (is_ideograph(c)) return true;
    }
    return false;
}

void check_nacos(const NacosInput& nacos) {
    checks::plain(nacos.nacos_namespace.value_or(""), 0, 64, U"_-", false, "namespace");
    checks::plain(nacos.cluster_name.value_or(""), 0, 64, U"_-", false, "cluster_name");
    checks::plain(nacos.group_name.value_or(""), 0, 128, U"_.:-", false, "group_name");
    checks::present(nacos.service_name, "service_name");
    const std::string& service = *nacos.service_name;
    checks::not_longer(service, 512, "service_name");
    if (service.front() == '@' || service.find("@@") != std::string::npos || has_ideograph(service)) {
        checks::invalid("service_name");
    }
    if (!nacos.servers) checks::missing("server_config");
    checks::within(static_cast<std::int64_t>(nacos.servers->size()), 1, 9, "server_config");
    for (const NacosServerInput& server : *nacos.servers) {
        checks::present(server.ip_address, "ip_address");
        if (code_points(*server.ip_address).size() < 7 || has_ideograph(*server.ip_address)) {
            checks::invalid("ip_address");
        }
        checks::not_longer(server.ip_address, 128, "ip_address");
        if (!server.port) checks::missing("port");
        checks::port(server.port, 1, "port");
        checks::port(server.grpc_port, 1, "grpc_port");
    }
    if (!nacos.user) checks::missing("user_info");
    checks::present(nacos.user->user_name, "user_name");
    checks::not_longer(nacos.user->user_name, 64, "user_name");
    checks::present(nacos.user->password, "password");
    checks::not_longer(nacos.user->password, 64, "password");
}

}  // namespace

void check_microservice(
    const MicroserviceInput& service, const Config& config, const Switches& switches
) {
    checks::present(service.service_type, "service_type");
    const std::string& type = *service.service_type;
    if ((type == "CCE" || type == "CCE_SERVICE") && switches.cce_supported == YesNo::no) {
        checks::invalid("service_type");
    }
    if (type == "CSE") {
        if (!service.cse) checks::missing("cse_info");
        check_cse(*service.cse, config);
    } else if (type == "CCE") {
        if (!service.cce) checks::missing("cce_info");
        check_cce(*service.cce);
    } else if (type == "CCE_SERVICE") {
        if (!service.cce_service) checks::missing("cce_service_info");
        check_cce_service(*service.cce_service);
    } else if (type == "NACOS") {
        if (!service.nacos) checks::missing("nacos_info");
        check_nacos(*service.nacos);
    } else {
        checks::invalid("service_type");
    }
}

}  // namespace apic_simulator
