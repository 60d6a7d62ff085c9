#include "controller/app/config/config_keys.hpp"

#include <algorithm>

#include "controller/app/config/config.hpp"
#include "controller/app/config/config_values.hpp"

namespace fairway {
namespace {

using Kind = ConfigKey::Kind;

std::string word(bool value) {
    return value ? "true" : "false";
}

std::string word(LogFormat format) {
    return format == LogFormat::json ? "json" : "logfmt";
}

std::vector<ConfigKey> all_keys() {
    const Config usual;
    const ReconcileConfig& reconcile = usual.reconcile;
    const GitOptions git;
    constexpr std::uint64_t mebibyte = 1024 * 1024;
    const DeletionBudget& budget = reconcile.deletion_budget;
    return {
        {"projects", Kind::list, {}},
        {"projects[].name", Kind::value, {}},
        {"projects[].project_id", Kind::value, {}},
        {"projects[].project_name", Kind::value, {}},
        {"projects[].region", Kind::value, {}},
        {"projects[].endpoint", Kind::value, {}},
        {"projects[].iam_endpoint", Kind::value, {}},
        {"projects[].ca_file", Kind::path, {}},
        {"projects[].crl_file", Kind::path, {}},
        {"projects[].client_certificate", Kind::path, {}},
        {"projects[].client_key", Kind::secret, {}},
        {"projects[].proxy", Kind::choice, {}},
        {"projects[].proxy.url", Kind::value, {}},
        {"projects[].proxy.user", Kind::value, {}},
        {"projects[].proxy.password", Kind::secret, {}},
        {"projects[].proxy.except", Kind::list, {}},
        {"projects[].credentials", Kind::choice, {}},
        {"projects[].credentials.access_key", Kind::secret, {}},
        {"projects[].credentials.secret_key", Kind::secret, {}},
        {"projects[].credentials.security_token", Kind::secret, {}},
        {"projects[].credentials.user", Kind::value, {}},
        {"projects[].credentials.domain", Kind::value, {}},
        {"projects[].credentials.password", Kind::secret, {}},
        {"projects[].credentials.agency", Kind::choice, {}},
        {"projects[].credentials.agency.name", Kind::value, {}},
        {"projects[].credentials.agency.domain", Kind::value, {}},
        {"projects[].credentials.agency.domain_id", Kind::value, {}},
        {"projects[].credentials.agency.duration", Kind::value, to_text(Agency().duration)},
        {"projects[].limits", Kind::choice, {}},
        {"projects[].limits.reads_per_second", Kind::value, {}},
        {"projects[].limits.writes_per_second", Kind::value, {}},
        {"projects[].limits.concurrency", Kind::value, {}},
        {"proxy", Kind::choice, {}},
        {"proxy.url", Kind::value, {}},
        {"proxy.user", Kind::value, {}},
        {"proxy.password", Kind::secret, {}},
        {"proxy.except", Kind::list, {}},
        {"sources", Kind::list, "[]"},
        {"sources[].name", Kind::value, {}},
        {"sources[].directory", Kind::path, {}},
        {"sources[].git", Kind::choice, {}},
        {"sources[].git.url", Kind::value, {}},
        {"sources[].git.branch", Kind::value, {}},
        {"sources[].git.tag", Kind::value, {}},
        {"sources[].git.commit", Kind::value, {}},
        {"sources[].git.path", Kind::value, {}},
        {"sources[].git.interval", Kind::value, to_text(git.interval)},
        {"sources[].git.timeout", Kind::value, to_text(git.timeout)},
        {"sources[].git.max_size_mib", Kind::value, std::to_string(git.max_size / mebibyte)},
        {"sources[].git.allow_rewind", Kind::value, word(git.allow_rewind)},
        {"sources[].git.credentials", Kind::choice, {}},
        {"sources[].git.credentials.user", Kind::value, {}},
        {"sources[].git.credentials.password", Kind::secret, {}},
        {"sources[].git.credentials.token", Kind::secret, {}},
        {"sources[].git.ca_file", Kind::path, {}},
        {"sources[].git.key_file", Kind::path, {}},
        {"sources[].git.known_hosts", Kind::path, {}},
        {"sources[].git.verify", Kind::choice, {}},
        {"sources[].git.verify.ssh_allowed_signers", Kind::path, {}},
        {"sources[].git.verify.openpgp_keyring", Kind::path, {}},
        {"sources[].git.proxy", Kind::choice, {}},
        {"sources[].git.proxy.url", Kind::value, {}},
        {"sources[].git.proxy.user", Kind::value, {}},
        {"sources[].git.proxy.password", Kind::secret, {}},
        {"sources[].git.proxy.except", Kind::list, {}},
        {"sources[].git.webhook", Kind::choice, {}},
        {"sources[].git.webhook.secret", Kind::secret, {}},
        {"secrets", Kind::list, "[]"},
        {"secrets[].name", Kind::value, {}},
        {"secrets[].env", Kind::value, {}},
        {"secrets[].file", Kind::path, {}},
        {"secrets[].credential", Kind::value, {}},
        {"state", Kind::section, {}},
        {"state.sqlite", Kind::path, usual.sqlite},
        {"state.witness", Kind::path, {}},
        {"server", Kind::section, {}},
        {"server.listen", Kind::value, usual.server.listen},
        {"server.insecure_listen", Kind::value, word(usual.server.insecure_listen)},
        {"server.hosts", Kind::list, "[]"},
        {"server.tls", Kind::choice, {}},
        {"server.tls.certificate", Kind::path, {}},
        {"server.tls.key", Kind::secret, {}},
        {"server.tls.client_ca", Kind::path, {}},
        {"server.token", Kind::secret, {}},
        {"server.socket", Kind::path, usual.server.socket},
        {"reconcile", Kind::section, {}},
        {"reconcile.drift_interval", Kind::value, to_text(reconcile.drift_interval)},
        {"reconcile.settle", Kind::value, to_text(reconcile.settle)},
        {"reconcile.prune", Kind::value, std::string(to_string(reconcile.prune))},
        {"reconcile.allow_empty", Kind::value, word(reconcile.allow_empty)},
        {"reconcile.delete_adopted", Kind::value, word(reconcile.delete_adopted)},
        {"reconcile.deletion_budget", Kind::section, {}},
        {"reconcile.deletion_budget.percent", Kind::value, std::to_string(budget.percent)},
        {"reconcile.deletion_budget.at_least", Kind::value, std::to_string(budget.at_least)},
        {"reconcile.deletion_budget.per_pass", Kind::value, std::to_string(budget.per_pass)},
        {"reconcile.deletion_budget.per_day_percent", Kind::value,
         std::to_string(budget.per_day_percent)},
        {"reconcile.deletion_budget.delay", Kind::value, to_text(budget.delay)},
        {"reconcile.workers", Kind::value, std::to_string(reconcile.workers)},
        {"log", Kind::section, {}},
        {"log.level", Kind::value, std::string(to_string(usual.log.level))},
        {"log.format", Kind::value, word(usual.log.format)},
    };
}

}  // namespace

const std::vector<ConfigKey>& config_keys() {
    static const std::vector<ConfigKey> keys = all_keys();
    return keys;
}

const ConfigKey* find_config_key(std::string_view path) {
    const auto& keys = config_keys();
    const auto found =
        std::find_if(keys.begin(), keys.end(), [&](const ConfigKey& key) { return key.path == path; });
    return found == keys.end() ? nullptr : &*found;
}

}  // namespace fairway
