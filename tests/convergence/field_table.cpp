#include "tests/convergence/field_table.hpp"

#include <map>

namespace fairway {
namespace {

using enum FieldKind;

constexpr std::string_view ip_base = R"({
  "port": 8080, "balance_strategy": 1, "member_type": "ip", "type": 2, "dict_code": "team-a",
  "member_groups": [
    {"member_group_name": "blue", "member_group_remark": "a remark", "member_group_weight": 10,
     "dict_code": "team-a"},
    {"member_group_name": "green", "member_group_weight": 20}],
  "members": [
    {"host": "192.168.0.5", "port": 9000, "weight": 1, "is_backup": false, "status": 1,
     "member_group_name": ""},
    {"host": "192.168.0.6", "port": 9000, "weight": 2, "member_group_name": "blue"}],
  "vpc_health_config": {
    "protocol": "http", "path": "/healthz", "method": "GET", "port": 8081, "threshold_normal": 2,
    "threshold_abnormal": 5, "time_interval": 10, "timeout": 5, "http_code": "200",
    "enable_client_ssl": false, "status": 1}})";

constexpr std::string_view ecs_base = R"({
  "port": 8080, "balance_strategy": 1, "member_type": "ecs", "vpc_channel_type": "builtin",
  "members": [{"ecs_id": "Server-1", "ecs_name": "server1", "port": 9000}]})";

constexpr std::string_view bare_base = R"({"port": 8080, "balance_strategy": 1, "member_type": "ip"})";

constexpr std::string_view cse_base = R"({
  "port": 8080, "balance_strategy": 1, "vpc_channel_type": "microservice",
  "member_groups": [
    {"member_group_name": "blue", "microservice_version": "1.0.0", "microservice_port": 80,
     "microservice_labels": [{"label_name": "zone", "label_value": "az1"}]}],
  "microservice_info": {
    "service_type": "CSE", "cse_info": {"engine_id": "engine-1", "service_id": "service-1"}}})";

constexpr std::string_view cce_base = R"({
  "port": 8080, "balance_strategy": 1, "vpc_channel_type": "microservice",
  "microservice_info": {
    "service_type": "CCE",
    "cce_info": {"cluster_id": "cluster-1", "namespace": "shop", "workload_type": "deployment",
                 "app_name": "app1", "label_key": "name", "label_value": "app1"}}})";

constexpr std::string_view cce_service_base = R"({
  "port": 8080, "balance_strategy": 1, "vpc_channel_type": "microservice",
  "microservice_info": {
    "service_type": "CCE_SERVICE",
    "cce_service_info": {"cluster_id": "cluster-1", "namespace": "shop", "service_name": "service1"}}})";

constexpr std::string_view nacos_base = R"({
  "port": 8080, "balance_strategy": 1, "vpc_channel_type": "microservice",
  "microservice_info": {
    "service_type": "NACOS",
    "nacos_info": {
      "namespace": "public", "cluster_name": "east", "group_name": "a:b", "service_name": "orders",
      "server_config": [
        {"ip_address": "192.168.7.1", "port": 8848, "grpc_port": 9000},
        {"ip_address": "192.168.7.2", "port": 8848}],
      "user_info": {"user_name": "reader", "password": {"secret": "nacos-prod"}}}}})";

// TARGET-1 and TARGET-2 stand for the ids of channels that are there.
constexpr std::string_view reference_base = R"({
  "port": 8080, "balance_strategy": 1, "vpc_channel_type": "reference",
  "member_groups": [
    {"member_group_name": "blue", "member_group_weight": 10, "reference_vpc_channel_id": "TARGET-1"}]})";

std::vector<Field> settings() {
    return {
        {"/port", required, "ip", {{"/port", "8090"}}, {"/port"}},
        {"/balance_strategy", optional, "ip", {{"/balance_strategy", "2"}}, {"/balance_strategy"}},
        {"/member_type", optional, "bare", {{"/member_type", "\"ecs\""}}, {"/member_type"}},
        {"/type",
         unchanging,
         "ip",
         {{"/type", "3"},
          {"/microservice_info", R"({"cse_info":{"engine_id":"engine-1","service_id":"service-1"}})"}},
         {"/vpc_channel_type"}},
        {"/vpc_channel_type",
         unchanging,
         "cse",
         {{"/vpc_channel_type", "\"builtin\""}, {"/microservice_info", ""}, {"/member_groups", "[]"}},
         {"/vpc_channel_type"}},
        {"/dict_code", unsupported, "ip", {{"/dict_code", "\"team-b\""}}, {}},
    };
}

std::vector<Field> groups() {
    return {
        {"/member_groups",
         optional,
         "ip",
         {{"/member_groups/2", R"({"member_group_name":"canary"})"}},
         {"/member_groups/canary"},
         {"/member_groups", "/members"}},
        {"/member_groups/-/member_group_name",
         required,
         "ip",
         {{"/member_groups/1/member_group_name", "\"canary\""}},
         {"/member_groups/green", "/member_groups/canary"}},
        {"/member_groups/-/member_group_remark",
         optional,
         "ip",
         {{"/member_groups/0/member_group_remark", "\"another\""}},
         {"/member_groups/blue/member_group_remark"}},
        {"/member_groups/-/member_group_weight",
         optional,
         "ip",
         {{"/member_groups/0/member_group_weight", "90"}},
         {"/member_groups/blue/member_group_weight"}},
        {"/member_groups/-/dict_code",
         unsupported,
         "ip",
         {{"/member_groups/0/dict_code", "\"team-b\""}},
         {}},
        {"/member_groups/-/microservice_version",
         optional,
         "cse",
         {{"/member_groups/0/microservice_version", "\"2.0.0\""}},
         {"/member_groups/blue/microservice_version"}},
        {"/member_groups/-/microservice_port",
         optional,
         "cse",
         {{"/member_groups/0/microservice_port", "81"}},
         {"/member_groups/blue/microservice_port"}},
        {"/member_groups/-/microservice_labels",
         optional,
         "cse",
         {{"/member_groups/0/microservice_labels", "[]"}},
         {"/member_groups/blue/microservice_labels"}},
        {"/member_groups/-/microservice_labels/-/label_name",
         required,
         "cse",
         {{"/member_groups/0/microservice_labels/0/label_name", "\"region\""}},
         {"/member_groups/blue/microservice_labels"}},
        {"/member_groups/-/microservice_labels/-/label_value",
         required,
         "cse",
         {{"/member_groups/0/microservice_labels/0/label_value", "\"az2\""}},
         {"/member_groups/blue/microservice_labels"}},
        {"/member_groups/-/reference_vpc_channel_id",
         required,
         "reference",
         {{"/member_groups/0/reference_vpc_channel_id", "\"TARGET-2\""}},
         {"/member_groups/blue/reference_vpc_channel_id"}},
    };
}

std::vector<Field> members() {
    return {
        {"/members",
         optional,
         "ip",
         {{"/members/2", R"({"host":"192.168.0.7","port":9000})"}},
         {"/members/192.168.0.7,9000"}},
        {"/members/-/host",
         required,
         "ip",
         {{"/members/0/host", "\"node-1\""}},
         {"/members/192.168.0.5,9000", "/members/node-1,9000"}},
        {"/members/-/port",
         required,
         "ip",
         {{"/members/0/port", "9001"}},
         {"/members/192.168.0.5,9000", "/members/192.168.0.5,9001"}},
        {"/members/-/member_group_name",
         required,
         "ip",
         {{"/members/0/member_group_name", "\"green\""}},
         {"/members/192.168.0.5,9000", "/members/green,192.168.0.5,9000"}},
        {"/members/-/weight",
         optional,
         "ip",
         {{"/members/0/weight", "7"}},
         {"/members/192.168.0.5,9000/weight"}},
        {"/members/-/is_backup",
         optional,
         "ip",
         {{"/members/0/is_backup", "true"}},
         {"/members/192.168.0.5,9000/is_backup"}},
        {"/members/-/status",
         optional,
         "ip",
         {{"/members/0/status", "2"}},
         {"/members/192.168.0.5,9000/status"}},
        {"/members/-/ecs_id",
         required,
         "ecs",
         {{"/members/0/ecs_id", "\"server-1\""}},
         {"/members/Server-1,9000", "/members/server-1,9000"}},
        {"/members/-/ecs_name",
         required,
         "ecs",
         {{"/members/0/ecs_name", "\"another\""}},
         {"/members/Server-1,9000/ecs_name"}},
    };
}

std::vector<Field> health() {
    return {
        {"/vpc_health_config",
         optional,
         "bare",
         {{"/vpc_health_config",
           R"({"protocol":"tcp","threshold_normal":2,"threshold_abnormal":5,"time_interval":10,"timeout":5})"}},
         {"/vpc_health_config"}},
        {"/vpc_health_config/protocol",
         required,
         "ip",
         {{"/vpc_health_config/protocol", "\"https\""}},
         {"/vpc_health_config/protocol"}},
        {"/vpc_health_config/path",
         required,
         "ip",
         {{"/vpc_health_config/path", "\"/ready\""}},
         {"/vpc_health_config/path"}},
        {"/vpc_health_config/method",
         optional,
         "ip",
         {{"/vpc_health_config/method", "\"HEAD\""}},
         {"/vpc_health_config/method"}},
        {"/vpc_health_config/port",
         optional,
         "ip",
         {{"/vpc_health_config/port", "8082"}},
         {"/vpc_health_config/port"}},
        {"/vpc_health_config/threshold_normal",
         required,
         "ip",
         {{"/vpc_health_config/threshold_normal", "3"}},
         {"/vpc_health_config/threshold_normal"}},
        {"/vpc_health_config/threshold_abnormal",
         required,
         "ip",
         {{"/vpc_health_config/threshold_abnormal", "3"}},
         {"/vpc_health_config/threshold_abnormal"}},
        {"/vpc_health_config/time_interval",
         required,
         "ip",
         {{"/vpc_health_config/time_interval", "20"}},
         {"/vpc_health_config/time_interval"}},
        {"/vpc_health_config/timeout",
         required,
         "ip",
         {{"/vpc_health_config/timeout", "6"}},
         {"/vpc_health_config/timeout"}},
        {"/vpc_health_config/http_code",
         required,
         "ip",
         {{"/vpc_health_config/http_code", "\"200-299\""}},
         {"/vpc_health_config/http_code"}},
        {"/vpc_health_config/enable_client_ssl",
         optional,
         "ip",
         {{"/vpc_health_config/enable_client_ssl", "true"}},
         {"/vpc_health_config/enable_client_ssl"}},
        {"/vpc_health_config/status", unsupported, "ip", {{"/vpc_health_config/status", "2"}}, {}},
    };
}

/// A text field of microservice_info that is always managed.
Field needed(std::string_view base, std::string_view property, std::string_view value) {
    return {property, required, base, {{property, value}}, {property}};
}
Field left_out(std::string_view base, std::string_view property, std::string_view value) {
    return {property, optional, base, {{property, value}}, {property}};
}

std::vector<Field> microservices() {
    return {
        {"/microservice_info",
         required,
         "cse",
         {{"/microservice_info/cse_info/engine_id", "\"engine-2\""},
          {"/microservice_info/cse_info/service_id", "\"service-2\""}},
         {"/microservice_info/cse_info/engine_id", "/microservice_info/cse_info/service_id"}},
        {"/microservice_info/service_type",
         required,
         "cse",
         {{"/microservice_info",
           R"({"service_type":"CCE_SERVICE","cce_service_info":{"cluster_id":"cluster-1","namespace":"shop","service_name":"service1"}})"}},
         {"/microservice_info/service_type", "/microservice_info/cse_info",
          "/microservice_info/cce_service_info"}},
        {"/microservice_info/cse_info",
         required,
         "cse",
         {{"/microservice_info/cse_info", R"({"engine_id":"engine-2","service_id":"service-1"})"}},
         {"/microservice_info/cse_info/engine_id"}},
        needed("cse", "/microservice_info/cse_info/engine_id", "\"engine-2\""),
        needed("cse", "/microservice_info/cse_info/service_id", "\"service-2\""),
        {"/microservice_info/cce_info",
         required,
         "cce",
         {{"/microservice_info/cce_info/cluster_id", "\"cluster-2\""}},
         {"/microservice_info/cce_info/cluster_id"}},
        needed("cce", "/microservice_info/cce_info/cluster_id", "\"cluster-2\""),
        needed("cce", "/microservice_info/cce_info/namespace", "\"default\""),
        needed("cce", "/microservice_info/cce_info/workload_type", "\"daemonset\""),
        left_out("cce", "/microservice_info/cce_info/app_name", "\"app2\""),
        {"/microservice_info/cce_info/label_key",
         optional,
         "cce",
         {{"/microservice_info/cce_info/label_key", "\"tier\""}},
         {"/microservice_info/cce_info/label_key"},
         {"/microservice_info/cce_info/label_key", "/microservice_info/cce_info/label_value"}},
        {"/microservice_info/cce_info/label_value",
         optional,
         "cce",
         {{"/microservice_info/cce_info/label_value", "\"app2\""}},
         {"/microservice_info/cce_info/label_value"},
         {"/microservice_info/cce_info/label_key", "/microservice_info/cce_info/label_value"}},
        {"/microservice_info/cce_service_info",
         required,
         "cce_service",
         {{"/microservice_info/cce_service_info/cluster_id", "\"cluster-2\""}},
         {"/microservice_info/cce_service_info/cluster_id"}},
        needed("cce_service", "/microservice_info/cce_service_info/cluster_id", "\"cluster-2\""),
        needed("cce_service", "/microservice_info/cce_service_info/namespace", "\"default\""),
        needed("cce_service", "/microservice_info/cce_service_info/service_name", "\"service2\""),
        {"/microservice_info/nacos_info",
         required,
         "nacos",
         {{"/microservice_info/nacos_info/service_name", "\"bills\""}},
         {"/microservice_info/nacos_info/service_name"}},
        left_out("nacos", "/microservice_info/nacos_info/namespace", "\"private\""),
        left_out("nacos", "/microservice_info/nacos_info/cluster_name", "\"west\""),
        left_out("nacos", "/microservice_info/nacos_info/group_name", "\"b:c\""),
        needed("nacos", "/microservice_info/nacos_info/service_name", "\"bills\""),
    };
}

std::vector<Field> registries() {
    constexpr std::string_view first = "/microservice_info/nacos_info/server_config/192.168.7.1,8848";
    constexpr std::string_view third = "/microservice_info/nacos_info/server_config/192.168.7.3,8848";
    constexpr std::string_view list = "/microservice_info/nacos_info/server_config";
    return {
        {list,
         required,
         "nacos",
         {{"/microservice_info/nacos_info/server_config/2",
           R"({"ip_address":"192.168.7.3","port":8848})"}},
         {third}},
        {"/microservice_info/nacos_info/server_config/-/ip_address",
         required,
         "nacos",
         {{"/microservice_info/nacos_info/server_config/0/ip_address", "\"192.168.7.3\""}},
         {first, third}},
        {"/microservice_info/nacos_info/server_config/-/port",
         required,
         "nacos",
         {{"/microservice_info/nacos_info/server_config/0/port", "8849"}},
         {first, "/microservice_info/nacos_info/server_config/192.168.7.1,8849"}},
        {"/microservice_info/nacos_info/server_config/-/grpc_port",
         optional,
         "nacos",
         {{"/microservice_info/nacos_info/server_config/0/grpc_port", "9001"}},
         {"/microservice_info/nacos_info/server_config/192.168.7.1,8848/grpc_port"}},
        {"/microservice_info/nacos_info/user_info",
         required,
         "nacos",
         {{"/microservice_info/nacos_info/user_info/user_name", "\"writer\""}},
         {"/microservice_info/nacos_info/user_info/user_name"}},
        needed("nacos", "/microservice_info/nacos_info/user_info/user_name", "\"writer\""),
    };
}

}  // namespace

const std::vector<Field>& all_fields() {
    static const std::vector<Field> all = [] {
        std::vector<Field> fields;
        for (const auto& some :
             {settings(), groups(), members(), health(), microservices(), registries()})
            fields.insert(fields.end(), some.begin(), some.end());
        return fields;
    }();
    return all;
}

std::string base_spec(std::string_view name) {
    static const std::map<std::string_view, std::string_view> bases{
        {"ip", ip_base},       {"ecs", ecs_base},
        {"bare", bare_base},   {"cse", cse_base},
        {"cce", cce_base},     {"cce_service", cce_service_base},
        {"nacos", nacos_base}, {"reference", reference_base}};
    return std::string(bases.at(name));
}

}  // namespace fairway
