#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/api/endpoint.hpp"
#include "controller/app/config/file_stamps.hpp"
#include "controller/log/log.hpp"
#include "manifests/git/git_options.hpp"
#include "manifests/yaml_reader.hpp"
#include "reconciler/model/manifest_snapshot.hpp"
#include "reconciler/model/secret.hpp"
#include "reconciler/model/time.hpp"
#include "reconciler/plan/guard.hpp"

namespace fairway {

/// How long one call of the API may take; the bounds of other durations rest on it.
inline constexpr Duration call_time_limit = std::chrono::seconds(30);

struct GitSourceConfig {
    GitOptions options;
    std::optional<Proxy> proxy;  ///< for https, where its exceptions do not name the host
    bool proxy_given = false;    ///< by this source itself
    std::optional<Secret> key;  ///< what its file of a key holds; read by ssh itself, known to be hidden
    std::optional<Secret> webhook;  ///< that the Git server proves itself by
};

/// What a Git server, or a proxy before it, could repeat.
std::vector<Secret> secrets_of(const GitSourceConfig& git);

/// A directory, or a Git repository.
struct SourceConfig {
    std::string name;
    std::string directory;  ///< absolute; empty: not one
    std::optional<GitSourceConfig> git;
};

/// Files in PEM; absolute paths.
struct ServerTls {
    std::string certificate, key;
    std::string client_ca;          ///< empty: clients show no certificate
    bool key_from_systemd = false;  ///< which shows its access list as a right of the group
    bool operator==(const ServerTls&) const = default;
};

struct ServerConfig {
    std::string listen = "127.0.0.1:9464";  ///< port 0 for any free one
    bool insecure_listen = false;           ///< `listen` may be any address without tls and token
    std::vector<std::string> hosts;         ///< names in Host that are answered besides the address
    std::optional<ServerTls> tls;
    std::optional<Secret> tls_key;  ///< what its file holds; read again there, known to be hidden
    std::optional<Secret> token;
    std::string socket = "/run/fairway/fairway.sock";
};

struct ReconcileConfig {
    Duration drift_interval = std::chrono::minutes(5);
    Duration settle =
        2 * call_time_limit;  ///< how long an unknown outcome waits before the look that decides
    PruneMode prune = PruneMode::off;
    bool allow_empty = false;
    bool delete_adopted = false;
    DeletionBudget deletion_budget;
    unsigned workers = 64;
    bool operator==(const ReconcileConfig&) const = default;
};

struct LogConfig {
    LogLevel level = LogLevel::info;
    LogFormat format = LogFormat::logfmt;
    bool operator==(const LogConfig&) const = default;
};

/// A configuration that passed every check. Relative paths are resolved, secrets are read.
struct Config {
    std::vector<ProjectEndpoint> projects;  ///< at least one; names differ
    std::vector<SourceConfig> sources;      ///< may be empty; names differ
    std::map<std::string, Secret> secrets;
    std::string sqlite = "/var/lib/fairway/fairway.db";
    std::string witness;  ///< a second place that knows how far the store came; empty: none
    ServerConfig server;
    ReconcileConfig reconcile;
    LogConfig log;
    /// Environment variables that hold a secret: not for children.
    std::vector<std::string> secret_variables;
    /// The files that were read for it, itself first: a change of one is a change of the configuration.
    FileStamps files;

    /// All that nobody may be told, beside what is a project's own.
    std::vector<Secret> secret_values() const;
};

/// A proxy that no configuration names, but a variable does.
struct EnvironmentProxy {
    std::string variable;
    Proxy proxy;
};

/// Either a configuration, perhaps with warnings, or everything that is wrong, by place.
struct ConfigResult {
    std::optional<Config> config;
    std::vector<ManifestProblem> problems;
    /// The files that it was read from, or would have been: mending one may mend all of it.
    FileStamps files;
    // What it was read from, for those who show it.
    YamlNode root;
    std::string folder;  ///< of the file: relative paths are told from it
    std::optional<EnvironmentProxy> environment_proxy;
};

/// Finds a variable; nothing where it is not set.
using Environment = std::function<std::optional<std::string>(const std::string&)>;

/// Tells the kind of a folder's file system, as statfs does.
using FileSystemKind = std::function<long(const std::string& folder)>;

/// Reads and checks the file. `unsafe_settle` allows a `settle` shorter than two calls take, for tests:
/// a create that is still on its way could then be made twice.
ConfigResult load_config(
    const std::string& path, const Environment& environment, bool unsafe_settle = false,
    const FileSystemKind& file_system = {}
);

}  // namespace fairway
