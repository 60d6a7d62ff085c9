#include "tests/convergence/manifest_parts.hpp"

namespace fairway {
namespace {

std::string cse(Dice& dice) {
    JsonText info;
    info.text("engine_id", "engine-" + std::to_string(dice.between(1, 3)));
    info.text("service_id", "service-" + std::to_string(dice.between(1, 3)));
    return info.object();
}

std::string cce(Dice& dice) {
    static constexpr std::array<std::string_view, 3> workloads{"deployment", "statefulset", "daemonset"};
    JsonText info;
    info.text("cluster_id", "cluster-" + std::to_string(dice.between(1, 3)));
    info.text("namespace", dice.coin() ? "default" : "shop");
    info.text("workload_type", dice.any_of(workloads));
    const bool by_label = dice.coin();
    if (!by_label || dice.coin()) info.text("app_name", "app" + std::to_string(dice.between(1, 3)));
    if (by_label) {
        info.text("label_key", dice.coin() ? "app" : "k8s/app.name");
        info.text("label_value", "app" + std::to_string(dice.between(1, 3)));
    }
    return info.object();
}

std::string cce_service(Dice& dice) {
    JsonText info;
    info.text("cluster_id", "cluster-" + std::to_string(dice.between(1, 3)));
    info.text("namespace", dice.coin() ? "default" : "shop");
    info.text("service_name", "service" + std::to_string(dice.between(1, 3)));
    return info.object();
}

std::string nacos(Dice& dice) {
    JsonText info;
    if (dice.coin()) info.text("namespace", dice.coin() ? "" : "public");
    if (dice.coin()) info.text("cluster_name", dice.one_in(3) ? "" : dice.coin() ? "DEFAULT" : "east");
    if (dice.coin())
        info.text("group_name", dice.one_in(3) ? "" : dice.coin() ? "DEFAULT_GROUP" : "a:b.c");
    info.text("service_name", "orders" + std::to_string(dice.between(1, 3)));
    std::vector<std::string> servers;
    for (int i = dice.between(1, dice.one_in(6) ? 9 : 3); i > 0; --i) {
        JsonText server;
        server.text("ip_address", "192.168.7." + std::to_string(i)).number("port", 8848);
        if (dice.coin()) server.number("grpc_port", dice.coin() ? 9848 : 9000 + i);
        servers.push_back(server.object());
    }
    info.raw("server_config", JsonText::list(servers));
    JsonText password, user;
    password.text("secret", dice.coin() ? "nacos-prod" : "nacos-next");
    user.text("user_name", dice.coin() ? "reader" : "nacos").raw("password", password.object());
    return info.raw("user_info", user.object()).object();
}

}  // namespace

JsonText& JsonText::raw(std::string_view key, std::string_view json) {
    if (!fields_.empty()) fields_ += ',';
    fields_ += '"';
    fields_ += key;
    fields_ += "\":";
    fields_ += json;
    return *this;
}

JsonText& JsonText::text(std::string_view key, std::string_view value) {
    return raw(key, '"' + std::string(value) + '"');
}

std::string JsonText::list(const std::vector<std::string>& elements) {
    std::string text = "[";
    for (const std::string& element : elements) text += (text.size() == 1 ? "" : ",") + element;
    return text + "]";
}

std::string health_check(Dice& dice) {
    static constexpr std::array<std::string_view, 6> protocols{"tcp",  "http", "https",
                                                               "HTTP", "TCP",  "HTTPS"};
    static constexpr std::array<std::string_view, 3> codes{"200", "201,202,210-299", "200-299"};
    const std::string_view protocol = dice.any_of(protocols);
    const bool tcp = protocol == "tcp" || protocol == "TCP";
    const bool http = protocol == "http" || protocol == "HTTP";
    JsonText check;
    check.text("protocol", protocol);
    if (!tcp || dice.one_in(4)) check.text("path", dice.coin() ? "/healthz" : "/vpc/demo");
    if (http || dice.one_in(3)) check.text("http_code", dice.any_of(codes));
    if (dice.coin()) check.text("method", dice.coin() ? "GET" : "HEAD");
    if (dice.coin()) check.number("port", dice.one_in(3) ? 0 : dice.between(8080, 8082));
    check.number("threshold_normal", dice.between(1, 10));
    check.number("threshold_abnormal", dice.between(1, 10));
    const int timeout = dice.between(2, 30);
    check.number("timeout", timeout);
    check.number("time_interval", dice.between(timeout < 5 ? 5 : timeout + 1, 300));
    if (dice.coin()) check.raw("enable_client_ssl", dice.coin() ? "true" : "false");
    if (dice.one_in(3)) check.number("status", dice.between(1, 2));
    return check.object();
}

std::string microservice_info(Dice& dice, std::string_view type) {
    JsonText info;
    if (dice.coin()) info.text("service_type", type);
    if (type == "CSE") return info.raw("cse_info", cse(dice)).object();
    if (type == "CCE") return info.raw("cce_info", cce(dice)).object();
    if (type == "CCE_SERVICE") return info.raw("cce_service_info", cce_service(dice)).object();
    return info.raw("nacos_info", nacos(dice)).object();
}

}  // namespace fairway
