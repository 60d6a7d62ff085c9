#include "tests/simulator/config.hpp"

#include <stdexcept>

#include "tests/simulator/config_json.hpp"
#include "tests/simulator/json.hpp"

namespace apic_simulator {
namespace {

/// Reads one object and refuses keys that nobody reads: a misspelt one is an error, not a default.
class Reader {
public:
    Reader(const JsonValue& object, std::string_view where) : object_(object), where_(where) {
        if (!object.IsObject()) throw std::invalid_argument(std::string(where) + " has to be an object");
    }

    void text(std::string_view key, std::string& target) {
        if (const JsonValue* const value = at(key)) {
            require(value->IsString(), key, "a string");
            target.assign(value->GetString(), value->GetStringLength());
        }
    }

    void flag(std::string_view key, bool& target) {
        if (const JsonValue* const value = at(key)) {
            require(value->IsBool(), key, "true or false");
            target = value->GetBool();
        }
    }

    template <class Number>
    void number(std::string_view key, Number& target) {
        if (const JsonValue* const value = at(key)) {
            require(value->IsInt64(), key, "a whole number");
            target = static_cast<Number>(value->GetInt64());
        }
    }

    void real(std::string_view key, double& target) {
        if (const JsonValue* const value = at(key)) {
            require(value->IsNumber(), key, "a number");
            target = value->GetDouble();
        }
    }

    void texts(std::string_view key, std::set<std::string>& target) {
        list(key, [&](const JsonValue& one) {
            require(one.IsString(), key, "a list of strings");
            target.insert(one.GetString());
        });
    }

    template <class Use>
    void list(std::string_view key, Use use) {
        const JsonValue* const value = at(key);
        if (!value) return;
        require(value->IsArray(), key, "a list");
        for (const JsonValue& one : value->GetArray()) use(one);
    }

    const JsonValue* at(std::string_view key) {
        known_.insert(key);
        return find(object_, key);
    }

    void finish() const {
        for (const auto& member : object_.GetObject()) {
            if (!known_.contains(std::string_view(member.name.GetString(), member.name.GetStringLength())
                )) {
                throw std::invalid_argument(where_ + " knows no " + member.name.GetString());
            }
        }
    }

private:
    void require(bool fine, std::string_view key, std::string_view what) const {
        if (!fine)
            throw std::invalid_argument(
                where_ + ": " + std::string(key) + " has to be " + std::string(what)
            );
    }

    const JsonValue& object_;
    std::string where_;
    std::set<std::string_view> known_;
};

InstanceConfig read_instance(const JsonValue& json) {
    InstanceConfig instance;
    Reader reader(json, "an instance");
    reader.text("id", instance.id);
    reader.text("name", instance.name);
    reader.text("status", instance.status);
    reader.text("vpc_name_modifiable", instance.vpc_name_modifiable);
    reader.flag("knows_name_modifiable", instance.knows_name_modifiable);
    reader.finish();
    return instance;
}

ProjectConfig read_project(const JsonValue& json) {
    ProjectConfig project;
    Reader reader(json, "a project");
    reader.text("id", project.id);
    reader.text("name", project.name);
    reader.list("instances", [&](const JsonValue& one) {
        project.instances.push_back(read_instance(one));
    });
    reader.finish();
    return project;
}

UserConfig read_user(const JsonValue& json) {
    UserConfig user;
    Reader reader(json, "a user");
    reader.text("name", user.name);
    reader.text("password", user.password);
    reader.text("access_key", user.access_key);
    reader.text("secret_key", user.secret_key);
    reader.flag("read_only", user.read_only);
    reader.texts("projects", user.projects);
    reader.finish();
    return user;
}

AgencyConfig read_agency(const JsonValue& json) {
    AgencyConfig agency;
    Reader reader(json, "an agency");
    reader.text("name", agency.name);
    reader.text("domain_name", agency.domain_name);
    reader.text("domain_id", agency.domain_id);
    reader.finish();
    return agency;
}

FaultRule read_fault(const JsonValue& json) {
    FaultRule rule;
    std::string kind = "status";
    Reader reader(json, "a fault");
    reader.text("kind", kind);
    reader.text("operation", rule.operation);
    reader.text("channel", rule.channel);
    reader.real("probability", rule.probability);
    reader.number("skip", rule.skip);
    reader.number("first", rule.first);
    reader.number("status", rule.status);
    reader.text("code", rule.code);
    reader.text("body", rule.body);
    reader.text("content_type", rule.content_type);
    reader.number("retry_after", rule.retry_after);
    reader.number("delay_ms", rule.delay_ms);
    reader.number("instances", rule.instances);
    reader.number("bytes", rule.bytes);
    reader.finish();
    rule.kind = fault_kind_named(kind);
    return rule;
}

template <class T, class Read>
void replace_list(Reader& reader, std::string_view key, std::vector<T>& target, Read read) {
    if (!reader.at(key)) return;
    std::vector<T> made;
    reader.list(key, [&](const JsonValue& one) { made.push_back(read(one)); });
    target = std::move(made);
}

std::string scalar_text(const JsonValue& value) {
    if (value.IsString()) return value.GetString();
    if (value.IsInt64()) return std::to_string(value.GetInt64());
    return "";
}

/// true and false may stand for on/off and yes/no.
void set_json_switch(Switches& switches, std::string_view name, const JsonValue& value) {
    if (!value.IsBool()) return set_switch(switches, name, scalar_text(value));
    try {
        set_switch(switches, name, value.GetBool() ? "yes" : "no");
    } catch (const std::invalid_argument&) {
        set_switch(switches, name, value.GetBool() ? "on" : "off");
    }
}

}  // namespace

void read_switches(Switches& switches, const JsonValue& json) {
    if (!json.IsObject()) throw std::invalid_argument("switches have to be an object");
    Switches changed = switches;
    for (const auto& member : json.GetObject())
        set_json_switch(changed, member.name.GetString(), member.value);
    switches = changed;
}

std::vector<FaultRule> read_faults(const JsonValue& list) {
    if (!list.IsArray()) throw std::invalid_argument("faults have to be a list");
    std::vector<FaultRule> rules;
    for (const JsonValue& one : list.GetArray()) rules.push_back(read_fault(one));
    return rules;
}

std::map<std::string, int> read_latency(const JsonValue& json) {
    if (!json.IsObject()) throw std::invalid_argument("latency has to be an object");
    std::map<std::string, int> latency;
    for (const auto& member : json.GetObject()) {
        if (!member.value.IsInt())
            throw std::invalid_argument("latency has to be in whole milliseconds");
        latency[member.name.GetString()] = member.value.GetInt();
    }
    return latency;
}

void read_config(Config& config, std::string_view json) {
    JsonDocument document;
    if (!parse_json(document, json)) throw std::invalid_argument("the configuration is not JSON");
    Config changed = config;
    std::string certificate;
    Reader reader(document, "the configuration");
    reader.text("region", changed.region);
    reader.text("domain_name", changed.domain_name);
    reader.text("domain_id", changed.domain_id);
    replace_list(reader, "projects", changed.projects, read_project);
    replace_list(reader, "users", changed.users, read_user);
    replace_list(reader, "agencies", changed.agencies, read_agency);
    reader.texts("cse_engines", changed.cse_engines);
    reader.texts("cse_services", changed.cse_services);
    if (const JsonValue* const value = reader.at("switches")) read_switches(changed.switches, *value);
    if (const JsonValue* const value = reader.at("faults")) changed.faults = read_faults(*value);
    if (const JsonValue* const value = reader.at("latency_ms"))
        changed.latency_ms = read_latency(*value);
    reader.number("seed", changed.seed);
    reader.number("token_length", changed.token_length);
    reader.number("token_lifetime_s", changed.token_lifetime_s);
    reader.number("audit_entries", changed.audit_entries);
    reader.number("audit_body_bytes", changed.audit_body_bytes);
    reader.number("port", changed.port);
    reader.number("admin_port", changed.admin_port);
    reader.text("certificate", certificate);
    reader.finish();
    if (!certificate.empty()) changed.certificate = certificate_named(certificate);
    config = std::move(changed);
}

void add_instances(Config& config, unsigned count) {
    static constexpr char digits[] = "0123456789abcdef";
    if (config.projects.empty()) throw std::invalid_argument("there is no project to add instances to");
    std::vector<InstanceConfig>& instances = config.projects.front().instances;
    for (unsigned i = 0; i < count; ++i) {
        const std::size_t number = instances.size() + 1;
        std::string id = "abc73cde017890908ae0117d00000000";
        std::size_t rest = number;
        for (std::size_t at = id.size(); rest != 0; rest /= 16) id[--at] = digits[rest % 16];
        instances.push_back({id, "test" + std::to_string(number)});
    }
}

Certificate certificate_named(std::string_view name) {
    if (name == "good") return Certificate::good;
    if (name == "wrong-host") return Certificate::wrong_host;
    if (name == "expired") return Certificate::expired;
    if (name == "self-signed") return Certificate::self_signed;
    throw std::invalid_argument(
        "a certificate is good, wrong-host, expired or self-signed, not " + std::string(name)
    );
}

}  // namespace apic_simulator
