#include "controller/app/config/config.hpp"

#include <array>
#include <filesystem>

#include "controller/app/config/config_files.hpp"
#include "controller/app/config/config_git.hpp"
#include "controller/app/config/config_network.hpp"
#include "controller/app/config/config_projects.hpp"
#include "controller/app/config/config_secrets.hpp"
#include "controller/app/config/config_server.hpp"
#include "controller/app/config/config_values.hpp"
#include "manifests/manifests.hpp"
#include "manifests/text.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

/// One configuration file, section by section.
class ConfigReader {
public:
    ConfigReader(
        Findings& findings, const YamlNode& root, ConfigPlace place, bool unsafe_settle,
        const FileSystemKind& file_system
    )
        : findings_(findings),
          top_(findings, root, ""),
          place_(std::move(place)),
          unsafe_settle_(unsafe_settle),
          file_system_(file_system) {}

    Config read() {
        usual_proxy_ = read_usual_proxy(top_, place_);
        out_.projects = read_projects(top_, place_, usual_proxy_);
        read_sources();
        read_secrets();
        read_state();
        read_server(top_, place_, out_.server);
        read_reconcile();
        read_log();
        top_.finish();
        out_.secret_variables = place_.secret_variables;
        out_.files = place_.files;
        return std::move(out_);
    }
    const FileStamps& files() const { return place_.files; }
    std::optional<EnvironmentProxy> environment_proxy() { return std::move(place_.environment_proxy); }

private:
    void read_sources() {
        const YamlNode* list = top_.list("sources");
        std::map<std::string, int> seen;
        for (std::size_t i = 0; list && i < list->items.size(); ++i) {
            Fields source(findings_, list->items[i], join_path("sources", i));
            SourceConfig read;
            read.name = source.text("name", rules::name, Need::required).value_or("");
            check_unique(source, read.name, seen);
            const Need need = source.has("git") ? Need::optional : Need::required;
            if (const auto directory = source.text("directory", rules::path, need)) {
                read.directory = resolve_path(place_.folder, *directory);
            }
            read.git = read_git(source, place_);
            if (read.git && !read.git->proxy_given) read.git->proxy = usual_proxy_;
            if (source.has("git") && source.has("directory")) {
                source.error("git", "stands beside directory", "make two sources of them");
            }
            source.finish();
            out_.sources.push_back(std::move(read));
        }
    }

    void keep_mirrors_beside_the_state() {
        for (SourceConfig& source : out_.sources)
            if (source.git) source.git->options.folder = state_folder() + "/git/" + source.name;
    }

    void read_secrets() {
        static constexpr std::array<KeyHint, 1> hints{
            {{"value", "a secret is not written into the configuration",
              "write file: PATH, credential: NAME or env: NAME"}}};
        const YamlNode* list = top_.list("secrets");
        std::map<std::string, int> seen;
        for (std::size_t i = 0; list && i < list->items.size(); ++i) {
            Fields secret(findings_, list->items[i], join_path("secrets", i));
            const auto name = secret.text("name", rules::name, Need::required).value_or("");
            check_unique(secret, name, seen);
            auto value = secret.readable() ? read_secret_from(secret, place_) : std::nullopt;
            if (value) out_.secrets.emplace(name, std::move(*value));
            secret.finish(hints);
        }
    }

    void read_state() {
        static constexpr std::array<KeyHint, 1> hints{
            {{"etcd", "this version keeps its state in SQLite only", "write sqlite: FILE"}}};
        if (auto state = top_.mapping("state")) {
            const Need need = state->has("etcd") ? Need::optional : Need::required;
            if (const auto file = state->text("sqlite", rules::path, need)) {
                out_.sqlite = resolve_path(place_.folder, *file);
                check_state(state->node().find("sqlite")->at);
            }
            if (const auto file = state->text("witness", rules::path, Need::optional)) {
                out_.witness = resolve_path(place_.folder, *file);
                check_witness(*state);
            }
            state->finish(hints);
        } else if (!top_.has("state")) {
            check_state(top_.node().at);
        }
        check_sources_outside_state();
        keep_mirrors_beside_the_state();
    }

    std::string state_folder() const {
        return std::filesystem::path(out_.sqlite).parent_path().string();
    }

    /// `at` is where its place is given, or could be.
    void check_state(Position at) {
        const std::string wrong = state_folder_trouble(state_folder());
        if (wrong.empty()) {
            warn_of_network(at);
            return;
        }
        findings_.error(
            at, "state.sqlite", wrong, "name a file in a directory of Fairway's own, mode 0700"
        );
    }

    void warn_of_network(Position at) {
        const std::string_view name = network_file_system(file_system_(state_folder()));
        if (name.empty()) return;
        findings_.warn(
            at, "state.sqlite",
            "lies on a network file system (" + std::string(name) +
                "), whose locks and syncs a database cannot rely on",
            "name a file on a disk of this machine"
        );
    }

    void check_witness(Fields& state) {
        const Position at = state.node().find("witness")->at;
        if (is_within(out_.witness, state_folder())) {
            findings_.error(
                at, state.path("witness"),
                "lies in the directory of the state, so an older copy of that would bring it along",
                "name a file elsewhere, outside of what your backup restores"
            );
        }
        const std::string folder = std::filesystem::path(out_.witness).parent_path().string();
        if (others_can_write(folder)) {
            findings_.error(
                at, state.path("witness"), "others can write to " + folder,
                "name a file in a directory where only Fairway writes"
            );
        }
    }

    void check_sources_outside_state() {
        const YamlNode* list = top_.node().find("sources");
        for (std::size_t i = 0; i < out_.sources.size(); ++i) {
            if (out_.sources[i].directory.empty()) continue;
            if (!is_within(out_.sources[i].directory, state_folder())) continue;
            findings_.error(
                list->items[i].find("directory")->at, join_path(join_path("sources", i), "directory"),
                "lies in the directory of the state, " + state_folder(), "keep manifests and state apart"
            );
        }
    }

    void read_reconcile() {
        auto reconcile = top_.mapping("reconcile");
        if (!reconcile) return;
        auto& out = out_.reconcile;
        out.drift_interval =
            read_duration(*reconcile, "drift_interval", 1s, 24h).value_or(out.drift_interval);
        read_settle(*reconcile);
        read_prune(*reconcile);
        out.allow_empty = reconcile->boolean("allow_empty").value_or(out.allow_empty);
        out.delete_adopted = reconcile->boolean("delete_adopted").value_or(out.delete_adopted);
        if (auto budget = reconcile->mapping("deletion_budget")) read_budget(*budget);
        if (const auto workers = reconcile->integer("workers", 1, 1'000))
            out.workers = static_cast<unsigned>(*workers);
        reconcile->finish();
    }

    void read_settle(Fields& reconcile) {
        const auto settle = read_duration(reconcile, "settle", 0ms, 24h);
        if (!settle) return;
        out_.reconcile.settle = *settle;
        if (*settle >= 2 * call_time_limit || unsafe_settle_) return;
        reconcile.error(
            "settle",
            to_text(*settle) +
                " is less than two calls may take: a create that is still on its way could be made "
                "twice",
            "write 60s or more, or run with --unsafe-settle for a test"
        );
    }

    void read_prune(Fields& reconcile) {
        static constexpr std::array<std::string_view, 3> modes{"off", "plan", "on"};
        const auto mode = reconcile.word("prune", modes);
        if (mode) out_.reconcile.prune = static_cast<PruneMode>(*mode);
    }

    void read_budget(Fields& budget) {
        auto& out = out_.reconcile.deletion_budget;
        out.percent = budget.integer("percent", 0, 100).value_or(out.percent);
        out.at_least = budget.integer("at_least", 0, 100'000).value_or(out.at_least);
        out.per_pass = budget.integer("per_pass", 0, 100'000).value_or(out.per_pass);
        out.per_day_percent = budget.integer("per_day_percent", 0, 100).value_or(out.per_day_percent);
        out.delay = read_duration(budget, "delay", 0s, 168h).value_or(out.delay);
        budget.finish();
    }

    void read_log() {
        static constexpr std::array<std::string_view, 5> levels{"debug", "info", "warn", "error", "off"};
        static constexpr std::array<std::string_view, 2> formats{"logfmt", "json"};
        auto log = top_.mapping("log");
        if (!log) return;
        if (const auto level = log->word("level", levels))
            out_.log.level = *parse_log_level(levels[*level]);
        if (const auto format = log->word("format", formats))
            out_.log.format = *parse_log_format(formats[*format]);
        log->finish();
    }

    Findings& findings_;
    Fields top_;
    ConfigPlace place_;
    std::optional<Proxy> usual_proxy_;
    const bool unsafe_settle_;
    const FileSystemKind file_system_;
    Config out_;
};

ManifestProblem problem_with_file(const std::string& path, std::string wrong, std::string advice) {
    ManifestProblem problem;
    problem.place.file = path;
    problem.wrong = std::move(wrong);
    problem.advice = std::move(advice);
    return problem;
}

}  // namespace

std::vector<Secret> secrets_of(const GitSourceConfig& git) {
    std::vector<Secret> values;
    if (git.options.login) values.push_back(git.options.login->password);
    if (git.key) values.push_back(*git.key);
    if (git.webhook) values.push_back(*git.webhook);
    if (git.proxy) values.push_back(git.proxy->password);
    return values;
}

std::vector<Secret> Config::secret_values() const {
    std::vector<Secret> values;
    for (const auto& [name, value] : secrets) values.push_back(value);
    if (server.token) values.push_back(*server.token);
    if (server.tls_key) values.push_back(*server.tls_key);
    for (const SourceConfig& source : sources) {
        if (!source.git) continue;
        for (Secret& value : secrets_of(*source.git)) values.push_back(std::move(value));
    }
    return values;
}

ConfigResult load_config(
    const std::string& path, const Environment& environment, bool unsafe_settle,
    const FileSystemKind& file_system
) {
    const std::string ways =
        "name a configuration file with --config or FAIRWAY_CONFIG, or put one at "
        "/etc/fairway/fairway.yaml";
    ConfigResult out;
    out.files.add(path);
    const auto content = read_config_file(path, max_manifest_bytes);
    if (!content) {
        out.problems.push_back(problem_with_file(path, "cannot be read: " + content.error().what(), ways)
        );
        return out;
    }
    YamlFile yaml = read_yaml(path, content->bytes);
    if (yaml.broken) {
        out.problems.push_back(std::move(*yaml.broken));
        return out;
    }
    if (yaml.documents.size() != 1) {
        const bool none = yaml.documents.empty();
        out.problems.push_back(problem_with_file(
            path, none ? "is empty" : "holds several documents",
            none ? "declare a project at least" : "keep one"
        ));
        return out;
    }
    Findings findings(path);
    findings.add(std::move(yaml.documents.front().problems));
    const std::string folder = std::filesystem::absolute(path).parent_path().string();
    out.root = std::move(yaml.documents.front().root);
    out.folder = folder;
    ConfigReader reader(
        findings, out.root, ConfigPlace{folder, environment, {}, {}, out.files}, unsafe_settle,
        file_system ? file_system : file_system_of
    );
    Config config = reader.read();
    if (findings.sound()) out.config = std::move(config);
    out.files = reader.files();
    out.environment_proxy = reader.environment_proxy();
    out.problems = std::move(findings).take();
    return out;
}

}  // namespace fairway
