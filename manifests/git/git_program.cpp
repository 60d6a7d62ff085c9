#include "manifests/git/git_program.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "manifests/text.hpp"

namespace fairway {
namespace {

/// In force for every call, whatever the repository's own configuration says.
constexpr std::array settings{
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.symlinks=false",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.bigFileThreshold=8m",  // what is larger is not held in memory
    "core.commitGraph=false",    // which could say something else than the commits
    "core.multiPackIndex=false",
    "credential.helper=",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "transfer.fsckObjects=true",
    "fetch.fsckObjects=true",
    "fetch.unpackLimit=1",  // a pack has one size to bound, loose objects have none
    "fetch.writeCommitGraph=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.allow=never",
    "protocol.version=2",
    "http.followRedirects=false",
    "http.sslVerify=true",
    "http.sslVersion=tlsv1.2",
    "http.lowSpeedLimit=100",
    "http.lowSpeedTime=30",
    "gpg.program=/bin/false",
    "gpg.x509.program=/bin/false",
    "gpg.ssh.program=/bin/false",
    "pack.threads=1",
    "index.threads=1",
};

bool is_turning(char32_t c) {  // marks that let text run the other way, and ends of lines
    return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F ||
           c == 0x2028 || c == 0x2029 || c == 0x061C;
}

int weight_of(std::string_view line) {
    if (line.starts_with("ssh: ")) return 4;
    if (line.starts_with("fatal: Could not read from remote repository")) return 1;  // and why not?
    if (line.starts_with("fatal: ")) return 3;
    if (line.starts_with("error: ")) return 2;
    const bool chat = line.empty() || line.starts_with("warning: ") || line.starts_with("hint: ");
    return chat ? 0 : 1;
}

}  // namespace

ChildResult GitProgram::run(const Call& call) const {
    ChildCommand command;
    command.arguments = {"git", "--bare"};
    for (const char* setting : settings) {
        command.arguments.emplace_back("-c");
        command.arguments.emplace_back(setting);
    }
    for (const std::string& setting : call.settings) {
        command.arguments.emplace_back("-c");
        command.arguments.push_back(setting);
    }
    command.arguments.insert(command.arguments.end(), call.arguments.begin(), call.arguments.end());
    command.environment = {
        "PATH=" + std::string(program_folders),
        "HOME=" + home_,
        "XDG_CONFIG_HOME=" + home_,
        "GIT_DIR=" + repository_,
        "LC_ALL=C",
        "GIT_CONFIG_NOSYSTEM=1",
        "GIT_CONFIG_GLOBAL=/dev/null",
        "GIT_ATTR_NOSYSTEM=1",
        "GIT_TERMINAL_PROMPT=0",
        "GIT_ASKPASS=/bin/false",
        "SSH_ASKPASS=/bin/false",
        "GIT_PAGER=cat",
        "GIT_EDITOR=/bin/false",
        "GIT_LITERAL_PATHSPECS=1",
        "GIT_NO_REPLACE_OBJECTS=1",
        "GIT_OPTIONAL_LOCKS=0",
        "GIT_PROTOCOL_FROM_USER=0",
        "GIT_ALLOW_PROTOCOL=none",
    };
    for (const std::string& variable : call.environment) {
        const std::string name = variable.substr(0, variable.find('=') + 1);
        std::erase_if(command.environment, [&](const std::string& known) {
            return known.starts_with(name);
        });
        command.environment.push_back(variable);
    }
    command.folder = home_;
    command.input = call.input;
    command.lent = call.lent;
    command.largest_file = call.largest_file;
    command.most_output = call.most_output;
    command.limit = call.limit;
    return run_child(command, stop_);
}

Error git_error(const ChildResult& failed, std::string_view doing) {
    const auto told = [&](std::string what) {
        return Error(ErrorClass::retryable, ErrorReason::internal, std::move(what)).in(doing);
    };
    switch (failed.end) {
        case ChildResult::End::stopped:
            return {ErrorClass::cancelled, ErrorReason::internal, "reading from Git was stopped"};
        case ChildResult::End::timed_out:
            return {ErrorClass::retryable, ErrorReason::timeout, std::string(doing) + ": took too long"};
        case ChildResult::End::too_much_output:
            return {
                ErrorClass::terminal, ErrorReason::validation,
                std::string(doing) + ": there is more than is read"};
        case ChildResult::End::not_started:
            if (failed.code == ENOENT)
                return told("the program git is not installed; install the package git");
            return told("git cannot be started: " + std::system_category().message(failed.code));
        case ChildResult::End::signalled:
            return told("git was ended by signal " + std::to_string(failed.code));
        case ChildResult::End::exited:
            break;
    }
    std::string complaint = git_complaint(failed.errors);
    if (complaint.empty()) complaint = "git ended with code " + std::to_string(failed.code);
    return told(std::move(complaint));
}

std::string git_complaint(std::string_view errors) {
    constexpr std::size_t most = 300;
    std::string_view chosen;
    int weight = 0;
    while (!errors.empty()) {
        const auto size = std::min(errors.find('\n'), errors.size());
        const std::string_view line = errors.substr(0, size);
        errors.remove_prefix(std::min(size + 1, errors.size()));
        if (weight_of(line) <= weight) continue;  // later ones of a kind follow from the first
        weight = weight_of(line);
        chosen = line;
    }
    for (const std::string_view prefix : {"fatal: ", "error: "})
        if (chosen.starts_with(prefix)) chosen.remove_prefix(prefix.size());
    return shown_text(chosen, most);
}

std::string shown_text(std::string_view text, std::size_t most) {
    std::string out;
    for (std::size_t count = 0; !text.empty(); ++count) {
        if (count == most) return out + "...";
        const std::string_view before = text;
        const auto c = take_code_point(text);
        if (!c) text.remove_prefix(1);
        if (c && !is_control(*c) && !is_turning(*c)) {
            out.append(before.substr(0, before.size() - text.size()));
        } else {
            out += '?';
        }
    }
    return out;
}

}  // namespace fairway
