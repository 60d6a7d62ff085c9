#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/app/exit_code.hpp"
#include "controller/report/plan_file.hpp"

namespace fairway {

/// `github` and `sarif`: of `validate` alone.
enum class OutputFormat { text, json, yaml, markdown, name, github, sarif };

/// What every command may be told.
struct CommonOptions {
    std::string config;              ///< --config, FAIRWAY_CONFIG, or the usual place
    bool config_given = false;       ///< by flag or environment
    std::string config_given_by;     ///< in words
    std::vector<std::string> paths;  ///< -f; empty: the sources of the configuration
    OutputFormat output = OutputFormat::text;
    bool unsafe_settle = false;
};

struct ValidateOptions {
    bool online = false;  ///< ask the API as well
};

struct FmtOptions {
    std::vector<std::string> paths;  ///< empty: the current directory; `-`: from stdin to stdout
    bool check = false;              ///< change nothing, tell what would change
};

struct PlanOptions {
    PlanScope scope;  ///< but for its paths, which are -f
    bool detailed_exitcode = false;
    std::string out;  ///< --out
};

struct ApplyCommandOptions {
    PlanScope scope;   ///< but for its paths, which are -f
    std::string plan;  ///< --plan
    bool yes = false;
    bool single_pass = false;  ///< it is `run --once`
    std::string timeout = "10m";
};

struct RunOptions {
    bool once = false;
};

struct HistoryOptions {
    std::string name;
    std::size_t limit = 50;
};

struct SuspendOptions {
    std::string name;
    std::string for_time;  ///< --for; empty: until `resume`
    std::string reason;
};

struct ExportCommandOptions {
    std::vector<std::string> names;  ///< empty: all
    std::string project;             ///< empty: all
    std::string directory;           ///< empty: to stdout
    std::string nacos_secret;        ///< empty: a placeholder
    bool adopt = false;
    bool force = false;
};

/// Of the commands that make a channel ours, or no longer ours.
struct HandOverOptions {
    std::string name;  ///< NAME or PROJECT/NAME
    bool yes = false;
};

struct ConfigOptions {
    std::string what;        ///< print or check
    bool effective = false;  ///< with what holds where nothing is said
};

struct CheckOptions {
    std::string project;  ///< empty: all
};

// One file each. They print their results to stdout, everything else to stderr, and tell the exit code.
ExitCode validate_command(const CommonOptions& common, const ValidateOptions& options);
ExitCode schema_command();
ExitCode fmt_command(const FmtOptions& options);
/// Without a field it lists all.
ExitCode explain_command(const CommonOptions& common, const std::string& field);
/// What a shell offers for it.
std::vector<std::string> explained_fields();
ExitCode plan_command(const CommonOptions& common, const PlanOptions& options);
ExitCode apply_command(const CommonOptions& common, const ApplyCommandOptions& options);
ExitCode run_command(const CommonOptions& common, const RunOptions& options);
ExitCode get_command(const CommonOptions& common);
ExitCode history_command(const CommonOptions& common, const HistoryOptions& options);
ExitCode describe_command(const CommonOptions& common, const std::string& name);
ExitCode check_command(const CommonOptions& common, const CheckOptions& options);
ExitCode config_command(const CommonOptions& common, const ConfigOptions& options);
ExitCode export_command(const CommonOptions& common, const ExportCommandOptions& options);

ExitCode adopt_command(const CommonOptions& common, const HandOverOptions& options);
ExitCode release_command(const CommonOptions& common, const HandOverOptions& options);
/// Without a name it lists what can be had back.
ExitCode undelete_command(const CommonOptions& common, const HandOverOptions& options);

ExitCode approve_command(const CommonOptions& common, const std::string& id);
ExitCode suspend_command(const CommonOptions& common, const SuspendOptions& options);
ExitCode resume_command(const CommonOptions& common, const std::string& name);
ExitCode reconcile_command(const CommonOptions& common, const std::string& name);

}  // namespace fairway
