#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulator/faults.hpp"
#include "tests/simulator/model.hpp"
#include "tests/simulator/switches.hpp"

namespace apic_simulator {

struct InstanceConfig {
    std::string id, name;
    std::string status = "RUNNING";
    /// The feature of that name; "" when it was never set, which means on.
    std::string vpc_name_modifiable = "off";
    bool knows_name_modifiable = true;  ///< whether the instance's software has the feature at all
};

struct ProjectConfig {
    std::string id;
    std::string name;  ///< of a region's main project: the region
    std::vector<InstanceConfig> instances;
};

struct UserConfig {
    std::string name, password, access_key, secret_key;
    bool read_only = false;            ///< writes are refused with APIG.1005
    std::set<std::string> projects{};  ///< ids; empty: all
    std::string security_token{};      ///< of a key that is temporary from the start
};

struct AgencyConfig {
    std::string name, domain_name, domain_id;
};

enum class Certificate { good, wrong_host, expired, self_signed };

/// Everything a simulator starts with. As it stands: one project, two instances in project mode, one
/// user.
struct Config {
    std::string region = "cn-north-4";
    std::string domain_name = "IAMDomain", domain_id = "d78cbac186b744899480f25bd022f468";
    std::vector<ProjectConfig> projects{
        {"73d69ae0cfcf460190522d06b60f05ad",
         "cn-north-4",
         {{"eea73cde015940908ae0117d67bf7330", "test1"},
          {"ddd73cde017890908ae0117d67bf7330", "test2"}}}};
    std::vector<UserConfig> users{
        {"IAMUser", "IAMPassword", "EXAMPLEACCESSKEY0001", "ExampleSecretKeyForDocsOnly00000000000001"}};
    std::vector<AgencyConfig> agencies{{"IAMAgency", "IAMDomainA", "b32d99a7778d4fd9aa5bc616c3dc4e5f"}};
    std::set<std::string> cse_engines, cse_services;  ///< the ones that exist; empty: all do

    Switches switches;
    std::vector<FaultRule> faults;
    std::map<std::string, int> latency_ms;  ///< by operation id; "*" is for all others

    std::uint64_t seed = 1;  ///< of ids, faults and shuffled lists
    std::size_t token_length = 1600;
    std::string issued_mark;  ///< stands in every token and key that is issued
    std::int64_t token_lifetime_s = 24 * 60 * 60;
    std::size_t audit_entries = 200'000;  ///< older ones are dropped
    std::size_t audit_body_bytes = 4096;

    unsigned short port = 0, admin_port = 0;  ///< 0: a free one
    std::function<WallTime()> clock;          ///< empty: the system's
    Certificate certificate = Certificate::good;
};

/// Changes what the JSON text says and leaves the rest. Throws std::invalid_argument.
void read_config(Config& config, std::string_view json);
/// Adds running instances in project mode to the first project, under made up ids.
void add_instances(Config& config, unsigned count);
Certificate certificate_named(std::string_view name);

}  // namespace apic_simulator
