#include <iostream>

#include "controller/app/preflight.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/online_checks.hpp"
#include "controller/cli/setup.hpp"
#include "controller/cli/structured.hpp"

#include <unistd.h>

namespace fairway {
namespace {

ExitCode conclude(const Checklist& list, OutputFormat format) {
    std::cout
        << (format == OutputFormat::text ? checks_text(list.checks, coloured(STDOUT_FILENO))
                                         : structured(checks_json(list.checks), format));
    return exit_code_of(list.failures, false);
}

}  // namespace

ExitCode check_command(const CommonOptions& common, const CheckOptions& options) {
    Checklist list;
    std::unique_ptr<Setup> setup;
    try {
        setup = std::make_unique<Setup>(common);
    } catch (const CannotStart& ended) {  // the problems are told already, by place
        list.fail("", "configuration", common.config + " is refused", ended.code());
        return conclude(list, common.output);
    }
    list.add("", "configuration", CheckResult::ok, common.config);
    const std::vector<std::string> wanted = projects_asked_for(setup->config, options.project);

    NamedInstances named;
    Checklist sources = check_sources(setup->config, named);
    list.append(check_online(*setup, {wanted.begin(), wanted.end()}, std::move(named)));
    list.append(check_store(setup->context.get_executor(), setup->config, setup->metrics));
    list.append(std::move(sources));
    return conclude(list, common.output);
}

}  // namespace fairway
