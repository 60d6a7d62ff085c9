#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <iostream>
#include <map>
#include <string_view>

#include "controller/app/process_box.hpp"
#include "controller/app/version.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/completion.hpp"
#include "controller/cli/setup.hpp"
#include "controller/cli/words.hpp"
#include "controller/report/plain_text.hpp"

namespace fairway {
namespace {

using Formats = std::map<std::string, OutputFormat>;

/// Of what shows changes.
const Formats report_formats{
    {"text", OutputFormat::text},
    {"json", OutputFormat::json},
    {"yaml", OutputFormat::yaml},
    {"markdown", OutputFormat::markdown},
    {"name", OutputFormat::name}};
/// Of what shows problems with manifests: for the programs that check them, too.
const Formats validate_formats = [] {
    Formats formats = report_formats;
    formats.insert({{"github", OutputFormat::github}, {"sarif", OutputFormat::sarif}});
    return formats;
}();
/// Of what shows a table.
const Formats table_formats{
    {"text", OutputFormat::text}, {"json", OutputFormat::json}, {"yaml", OutputFormat::yaml}};

void add_common(CLI::App& app, CommonOptions& common) {
    app.add_option("--config", common.config, "The configuration file")
        ->envname("FAIRWAY_CONFIG")
        ->type_name("FILE");
}

void add_paths(CLI::App& command, CommonOptions& common) {
    command
        .add_option(
            "-f,--file", common.paths,
            "A manifest file or a directory of them; may be given several times"
        )
        ->type_name("PATH");
}

void add_output(CLI::App& command, CommonOptions& common, const Formats& formats) {
    std::string words;
    std::size_t left = formats.size();
    for (const auto& [word, format] : formats) {
        words += word + (left > 2 ? ", " : left == 2 ? " or " : "");
        --left;
    }
    take_words(
        *command.add_option("-o,--output", common.output, "How to print: " + words)->type_name("FORMAT"),
        formats
    );
}

void add_unsafe_settle(CLI::App& command, CommonOptions& common) {
    command.add_flag(
        "--unsafe-settle", common.unsafe_settle,
        "Allow a settle time of less than twice the call time-out (for tests)"
    );
}

void add_scope(CLI::App& command, PlanScope& scope) {
    command.add_option("name", scope.names, "Only these channels: NAME or PROJECT/NAME");
    command
        .add_option(
            "-l,--selector", scope.selector,
            "Only channels whose labels fit, such as team=payments,env!=prod"
        )
        ->type_name("SELECTOR");
    auto* prune = command.add_flag(
        "--prune", scope.prune, "Also delete what is no longer declared, within the budget"
    );
    command
        .add_option(
            "--allow-replace", scope.allow_replace,
            "Delete this channel and make it anew where its type changed; needs --prune"
        )
        ->type_name("NAME")
        ->needs(prune);
}

ExitCode run_main(int argc, char** argv) {
    CLI::App app{
        "Fairway keeps VPC channels of ROMA Connect as they are declared in YAML files.", "fairway"};
    app.require_subcommand(1);
    app.set_version_flag("--version", version_line());
    CommonOptions common;
    common.config = default_config_file;
    add_common(app, common);
    std::function<ExitCode()> chosen;

    auto* validate =
        app.add_subcommand("validate", "Check manifests, all errors at once; offline, unless --online");
    ValidateOptions validate_options;
    add_paths(*validate, common);
    add_output(*validate, common, validate_formats);
    validate->add_flag(
        "--online", validate_options.online,
        "Also ask the API: whether the instances are there and may be used, and the quota"
    );
    validate->callback([&] { chosen = [&] { return validate_command(common, validate_options); }; });

    FmtOptions fmt_options;
    auto* fmt = app.add_subcommand(
        "fmt", "Rewrite manifests in their usual form: keys in order, indented by two, comments kept"
    );
    fmt->add_option(
           "path", fmt_options.paths,
           "Files or directories; left out: the current directory; -: from stdin to stdout"
    )
        ->type_name("PATH");
    fmt->add_flag(
        "--check", fmt_options.check, "Change nothing; list what would change, and exit with 1"
    );
    fmt->callback([&] { chosen = [&] { return fmt_command(fmt_options); }; });

    std::string field;
    auto* explain = app.add_subcommand("explain", "Explain a field of a manifest, or list them all");
    CLI::Option* explained =
        explain->add_option("field", field, "Such as vpc_health_config.timeout; left out: list them");
    add_output(*explain, common, table_formats);
    explain->callback([&] { chosen = [&] { return explain_command(common, field); }; });

    PlanOptions plan_options;
    auto* plan = app.add_subcommand(
        "plan",
        "Show what would change, and why: by the daemon, where reconcile.prune lets it delete, or by "
        "apply --prune, where --prune is given"
    );
    add_paths(*plan, common);
    add_output(*plan, common, report_formats);
    add_scope(*plan, plan_options.scope);
    plan->add_option("--out", plan_options.out, "Save the plan, for: apply --plan")->type_name("FILE");
    add_unsafe_settle(*plan, common);
    plan->add_flag(
        "--detailed-exitcode", plan_options.detailed_exitcode, "Exit with 2 when there are changes"
    );
    plan->callback([&] { chosen = [&] { return plan_command(common, plan_options); }; });

    ApplyCommandOptions apply_options;
    auto* apply = app.add_subcommand("apply", "Carry the plan out once");
    add_paths(*apply, common);
    add_output(*apply, common, report_formats);
    add_scope(*apply, apply_options.scope);
    apply
        ->add_option(
            "--plan", apply_options.plan,
            "Carry out just this plan, and nothing where anything changed since"
        )
        ->type_name("FILE")
        ->excludes("--selector", "--prune", "--allow-replace", "--file", "name");
    add_unsafe_settle(*apply, common);
    apply->add_flag(
        "-y,--yes", apply_options.yes, "Do not ask; needed where there is no terminal to ask at"
    );
    apply->add_option("--timeout", apply_options.timeout, "Stop after this time, such as 90s or 10m")
        ->type_name("DURATION");
    apply->callback([&] { chosen = [&] { return apply_command(common, apply_options); }; });

    RunOptions run_options;
    auto* run =
        app.add_subcommand("run", "The daemon: watch the sources and keep the channels as declared");
    run->add_flag(
        "--once", run_options.once,
        "One pass, then end. It deletes nothing, whatever reconcile.prune says: one pass cannot see "
        "that "
        "something stays gone for deletion_budget.delay. To delete: apply --prune"
    );
    add_unsafe_settle(*run, common);
    run->callback([&] { chosen = [&] { return run_command(common, run_options); }; });

    auto* get = app.add_subcommand("get", "Show the channels and their state");
    add_output(*get, common, table_formats);
    get->callback([&] { chosen = [&] { return get_command(common); }; });

    std::string subject;  // of the commands that are about one channel, or one refusal
    auto* describe = app.add_subcommand("describe", "Show everything known of one channel");
    describe->add_option("name", subject, "NAME or PROJECT/NAME")->required();
    add_paths(*describe, common);
    add_output(*describe, common, table_formats);
    describe->callback([&] { chosen = [&] { return describe_command(common, subject); }; });

    HistoryOptions history_options;
    auto* history = app.add_subcommand("history", "Show what was done, when and why");
    history->add_option("name", history_options.name, "Of this channel only");
    history->add_option("--limit", history_options.limit, "At most so many entries");
    add_output(*history, common, table_formats);
    history->callback([&] { chosen = [&] { return history_command(common, history_options); }; });

    HandOverOptions hand_over;
    auto* adopt = app.add_subcommand(
        "adopt", "Take a live channel over that is not ours, after showing what would change"
    );
    adopt->add_option("name", hand_over.name, "NAME or PROJECT/NAME")->required();
    add_paths(*adopt, common);
    adopt->add_flag("-y,--yes", hand_over.yes, "Do not ask");
    adopt->callback([&] { chosen = [&] { return adopt_command(common, hand_over); }; });

    auto* release = app.add_subcommand("release", "Let go of a channel of ours, and leave it as it is");
    release->add_option("name", hand_over.name, "NAME or PROJECT/NAME")->required();
    release->add_flag("-y,--yes", hand_over.yes, "Do not ask");
    release->callback([&] { chosen = [&] { return release_command(common, hand_over); }; });

    auto* undelete = app.add_subcommand(
        "undelete", "Create a channel again that Fairway deleted; without a name, list them (30 days)"
    );
    undelete->add_option("name", hand_over.name, "NAME or PROJECT/NAME; left out: list them");
    undelete->add_flag("-y,--yes", hand_over.yes, "Do not ask");
    add_unsafe_settle(*undelete, common);
    undelete->callback([&] { chosen = [&] { return undelete_command(common, hand_over); }; });

    auto* approve =
        app.add_subcommand("approve", "Allow what a safeguard refused, by the id that it showed");
    approve->add_option("id", subject, "As the refusal shows it")->required();
    approve->callback([&] { chosen = [&] { return approve_command(common, subject); }; });

    SuspendOptions suspend_options;
    auto* suspend = app.add_subcommand("suspend", "Leave a channel alone until it is resumed");
    suspend->add_option("name", suspend_options.name, "NAME or PROJECT/NAME")->required();
    suspend->add_option("--for", suspend_options.for_time, "For this time, such as 30m or 2h")
        ->type_name("DURATION");
    suspend->add_option("--reason", suspend_options.reason, "Shown with the channel")->type_name("TEXT");
    suspend->callback([&] { chosen = [&] { return suspend_command(common, suspend_options); }; });

    auto* resume = app.add_subcommand("resume", "Take a suspension back");
    resume->add_option("name", subject, "NAME or PROJECT/NAME")->required();
    resume->callback([&] { chosen = [&] { return resume_command(common, subject); }; });

    auto* reconcile =
        app.add_subcommand("reconcile", "Let the daemon look at a channel, or at all, now");
    reconcile->add_option("name", subject, "NAME or PROJECT/NAME; left out: all");
    reconcile->callback([&] { chosen = [&] { return reconcile_command(common, subject); }; });

    CheckOptions check_options;
    auto* check = app.add_subcommand("check", "Look whether everything is ready: cloud, store, sources");
    check->add_option("--project", check_options.project, "This project of the configuration only")
        ->type_name("NAME");
    add_output(*check, common, table_formats);
    check->callback([&] { chosen = [&] { return check_command(common, check_options); }; });

    ExportCommandOptions export_options;
    auto* exporting = app.add_subcommand("export", "Write the live channels as manifests");
    exporting->add_option("name", export_options.names, "These channels only");
    exporting
        ->add_option("--project", export_options.project, "Of this project of the configuration only")
        ->type_name("NAME");
    exporting
        ->add_option(
            "--dir", export_options.directory, "A file for each channel, here instead of stdout"
        )
        ->type_name("DIR");
    exporting
        ->add_option(
            "--nacos-secret", export_options.nacos_secret,
            "The secret of the configuration that stands for the passwords of Nacos"
        )
        ->type_name("NAME");
    exporting->add_flag(
        "--adopt", export_options.adopt, "Let Fairway take the channels over as they are"
    );
    exporting->add_flag("--force", export_options.force, "Write over files that say something else");
    exporting->callback([&] { chosen = [&] { return export_command(common, export_options); }; });

    ConfigOptions config_options;
    auto* config = app.add_subcommand(
        "config", "Print the configuration with where each value comes from, or check it, offline"
    );
    take_words(
        *config->add_option("what", config_options.what, "print or check")->required(),
        {std::string("print"), std::string("check")}
    );
    config->add_flag(
        "--effective", config_options.effective, "Also print what holds where nothing is said"
    );
    add_output(*config, common, table_formats);
    add_unsafe_settle(*config, common);
    config->callback([&] { chosen = [&] { return config_command(common, config_options); }; });

    std::string shell;
    auto* completion =
        app.add_subcommand("completion", "Print a script that completes commands in a shell");
    take_words(
        *completion->add_option("shell", shell, "bash, zsh or fish")->required(), completion_shells
    );
    completion->callback([&] {
        chosen = [&] {
            offer_words(
                *explained, explained_fields()
            );  // read from the schema: only where it is needed
            std::cout << completion_script(app, shell);
            return ExitCode::ok;
        };
    });

    app.add_subcommand("schema", "Print the JSON Schema of a manifest")->callback([&] {
        chosen = schema_command;
    });
    app.add_subcommand("version", "Print the version")->callback([&] {
        chosen = [] {
            std::cout << version_line() << "\n";
            return ExitCode::ok;
        };
    });

    app.failure_message([](const CLI::App*, const CLI::Error& error) {
        return plain(error.what()) + "\nRun with --help for more information.\n";
    });
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const int code = app.exit(error);
        return code == 0 ? ExitCode::ok : ExitCode::invalid;
    }
    const bool by_flag = std::any_of(argv + 1, argv + argc, [](std::string_view word) {
        return word == "--config" || word.starts_with("--config=");
    });
    common.config_given_by = by_flag ? "given by --config"
                             : std::getenv("FAIRWAY_CONFIG") != nullptr
                                 ? "given by the environment variable FAIRWAY_CONFIG"
                                 : "the usual place";
    common.config_given = app.count("--config") > 0 || std::getenv("FAIRWAY_CONFIG") != nullptr;
    return chosen();
}

}  // namespace
}  // namespace fairway

int main(int argc, char** argv) {
    fairway::enter_process_box();
    try {
        const fairway::ExitCode code = fairway::run_main(argc, argv);
        std::cout.flush();
        if (!std::cout && code == fairway::ExitCode::ok) {
            std::fputs("fairway: the result could not be written to stdout\n", stderr);
            return static_cast<int>(fairway::ExitCode::failed);
        }
        return static_cast<int>(code);
    } catch (const fairway::CannotStart& ended) {
        if (*ended.what() != '\0') fairway::print_error(ended.what());
        return static_cast<int>(ended.code());
    } catch (const std::exception& error) {
        fairway::print_error(error.what());
        return static_cast<int>(fairway::ExitCode::failed);
    }
}
