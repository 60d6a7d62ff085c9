// Signatures of commits.
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "manifests/git/git_fetch.hpp"

namespace fairway {
namespace {

/// A keyring of its own for gpg, with nothing but the keys of that file: it is made anew each time, for
/// keys may have been taken out of it.
Result<> import_keyring(const GitMirror& mirror, const std::string& keyring, const std::string& home) {
    std::error_code failed;
    std::filesystem::remove_all(home, failed);
    if (failed || mkdir(home.c_str(), 0700) != 0) {
        return Error(
            ErrorClass::retryable, ErrorReason::internal, home + ": cannot be made anew for the keyring"
        );
    }
    ChildCommand command;
    command.arguments = {"gpg",     "--homedir", home,       "--batch", "--no-options", "--no-autostart",
                         "--quiet", "--no-tty",  "--import", "--",      keyring};
    command.environment = {"PATH=" + std::string(program_folders), "HOME=" + home, "LC_ALL=C"};
    command.folder = home;
    const ChildResult imported = run_child(command, mirror.git().stop());
    if (imported.ok()) return {};
    return git_error(imported, "read the keys of " + keyring);
}

}  // namespace

Result<> git_verify(const GitMirror& mirror, const GitOptions& options, const std::string& commit) {
    const bool by_ssh = !options.ssh_allowed_signers.empty();
    if (!by_ssh && options.openpgp_keyring.empty()) return {};
    const std::string program = find_program(by_ssh ? "ssh-keygen" : "gpg");
    if (program.empty()) {
        return Error(
            ErrorClass::terminal, ErrorReason::internal,
            by_ssh ? "the program ssh-keygen is not installed; install the package openssh-client"
                   : "the program gpg is not installed; install the package gpg"
        );
    }
    GitProgram::Call call;
    call.arguments = {"verify-commit", commit};
    const std::string& names = by_ssh ? options.ssh_allowed_signers : options.openpgp_keyring;
    if (by_ssh) {
        call.settings = {"gpg.ssh.program=" + program, "gpg.ssh.allowedSignersFile=" + names};
    } else {
        const std::string home = mirror.folder() + "/gnupg";
        const Result<> imported = import_keyring(mirror, names, home);
        if (!imported) return imported;
        call.settings = {"gpg.program=" + program, "gpg.minTrustLevel=undefined"};
        call.environment = {"GNUPGHOME=" + home};
    }
    const ChildResult verified = mirror.git().run(call);
    if (verified.ok()) return {};
    if (verified.end != ChildResult::End::exited) return git_error(verified, "verify commit " + commit);
    const bool unsigned_commit = verified.errors.empty() && verified.out.empty();
    const std::string complaint = git_complaint(verified.errors);
    return Error(
        ErrorClass::refused, ErrorReason::guard,
        "commit " + commit + (unsigned_commit ? " is not signed" : " has no good signature") +
            (complaint.empty() ? "" : " (" + complaint + ")") + "; only commits signed by somebody in " +
            names + " are accepted"
    );
}

}  // namespace fairway
