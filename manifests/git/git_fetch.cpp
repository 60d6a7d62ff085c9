#include "manifests/git/git_fetch.hpp"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "manifests/git/git_names.hpp"

namespace fairway {
namespace {

/// A file without a name that only our children see, and only we fill.
class SecretFile {
public:
    explicit SecretFile(std::string_view text)
        : descriptor_(memfd_create("fairway-login", MFD_CLOEXEC)) {
        if (descriptor_ < 0 || fchmod(descriptor_, 0400) != 0) return;
        while (!text.empty()) {
            const ssize_t count = write(descriptor_, text.data(), text.size());
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) return;
            text.remove_prefix(static_cast<std::size_t>(count));
        }
        good_ = true;
    }
    ~SecretFile() {
        if (descriptor_ >= 0) close(descriptor_);
    }
    SecretFile(const SecretFile&) = delete;
    SecretFile& operator=(const SecretFile&) = delete;
    int descriptor() const { return descriptor_; }
    bool good() const { return good_; }

private:
    int descriptor_;
    bool good_ = false;
};

/// Two lines each: the server's first, then the proxy's.
Secret credential_lines(const GitOptions& options) {
    std::string text;
    const auto add = [&](std::string_view user, std::string_view password) {
        text.append("username=").append(user).append("\npassword=").append(password) += '\n';
    };
    add(options.login ? options.login->user : "", options.login ? options.login->password.reveal() : "");
    if (options.proxy) add(options.proxy->user, options.proxy->password.reveal());
    return Secret(std::move(text));
}

/// A helper for one server and no other. What the shell reads is a constant.
std::string helper(const std::string& url, const char* part) {
    return "credential." + url + ".helper=!f() { test \"$1\" = get && " + part +
           " -n 2 /proc/self/fd/3; }; f";
}

/// `identity` and `known_hosts` lie in the folder it runs in.
constexpr const char* ssh_command =
    "GIT_SSH_COMMAND=ssh -F /dev/null -T -o BatchMode=yes -o StrictHostKeyChecking=yes "
    "-o UserKnownHostsFile=known_hosts -o GlobalKnownHostsFile=/dev/null -o UpdateHostKeys=no "
    "-o CheckHostIP=no -o VerifyHostKeyDNS=no -o IdentityFile=identity -o IdentitiesOnly=yes "
    "-o IdentityAgent=none -o PreferredAuthentications=publickey -o PasswordAuthentication=no "
    "-o KbdInteractiveAuthentication=no -o HostbasedAuthentication=no -o GSSAPIAuthentication=no "
    "-o ForwardAgent=no -o ForwardX11=no -o ClearAllForwardings=yes -o PermitLocalCommand=no "
    "-o ProxyCommand=none -o ControlMaster=no -o ControlPath=none -o CanonicalizeHostname=no "
    "-o ConnectTimeout=20 -o ServerAliveInterval=15 -o ServerAliveCountMax=2 -o LogLevel=ERROR";

void set_https(GitProgram::Call& call, const GitMirror& mirror, const GitOptions& options) {
    call.environment = {"GIT_ALLOW_PROTOCOL=https"};
    if (!options.ca_file.empty()) {
        call.settings.push_back("http.sslCAInfo=" + options.ca_file);
        call.settings.push_back("http.sslCAPath=" + mirror.git().home());  // nothing beside that file
    }
    if (options.login)
        call.settings.push_back(helper("https://" + git_host_of(options.url).authority, "head"));
    if (!options.proxy) return;
    std::string proxy = options.proxy->url;
    if (!options.proxy->user.empty()) {
        call.settings.push_back(helper(proxy, "tail"));
        constexpr std::size_t scheme = std::string_view("http://").size();
        proxy.insert(scheme, options.proxy->user + '@');
    }
    call.settings.push_back("http.proxy=" + proxy);
}

GitProgram::Call fetch_call(const GitMirror& mirror, const GitOptions& options) {
    GitProgram::Call call;
    call.arguments = {
        "fetch",
        "--quiet",
        "--no-tags",
        "--no-recurse-submodules",
        "--no-auto-maintenance",
        "--force",
        "--no-write-fetch-head"};
    // Where an earlier commit has to be compared with, its history is needed.
    if (mirror.empty() && !mirror.accepted()) call.arguments.emplace_back("--depth=1");
    for (std::string argument :
         {std::string("--"), options.url, '+' + options.ref() + ':' + GitMirror::next_ref})
        call.arguments.push_back(std::move(argument));
    call.largest_file = options.max_size;
    call.limit = std::chrono::ceil<std::chrono::milliseconds>(options.timeout);
    if (options.over_ssh()) {
        call.environment = {"GIT_ALLOW_PROTOCOL=ssh", "GIT_SSH_VARIANT=ssh", ssh_command};
    } else {
        set_https(call, mirror, options);
    }
    return call;
}

bool says(const ChildResult& failed, std::initializer_list<std::string_view> texts) {
    for (const std::string_view text : texts) {
        if (failed.errors.find(text) != std::string::npos) return true;
    }
    return false;
}

/// What only a broken repository on our side makes Git say. A server can make it say so too: then the
/// mirror is made anew for nothing, once a fetch.
bool tells_damage(const ChildResult& failed) {
    return failed.end == ChildResult::End::exited &&
           says(
               failed,
               {"not a git repository", "bad object", "loose object", "is corrupt", "cannot be accessed",
                "unable to parse object", "does not match index", "non-monotonic index", "bad config",
                "broken ref", "invalid sha1 pointer", "packed object", "shallow file has changed",
                "missing blob", "missing tree", "failed to read", "object corrupt"}
           );
}

}  // namespace

Error git_fetch_error(const ChildResult& failed, const GitOptions& options) {
    const std::string doing = "fetch " + options.followed() + " of " + options.url;
    const auto told = [&](ErrorReason reason, const std::string& what) {
        return Error(ErrorClass::retryable, reason, what).in(doing);
    };
    if (failed.end == ChildResult::End::timed_out) {
        const auto limit = std::chrono::duration_cast<std::chrono::milliseconds>(options.timeout);
        return told(
            ErrorReason::timeout,
            "took longer than timeout, " + std::to_string(limit.count()) + "ms, and was ended"
        );
    }
    if (failed.end != ChildResult::End::exited) return git_error(failed, doing);
    const std::string complaint = git_complaint(failed.errors);
    if (says(failed, {"couldn't find remote ref", "not our ref"})) {
        return told(
            ErrorReason::not_found,
            "there is no such " + options.followed() +
                " (any more); push it again, or correct the configuration. Until then nothing is deleted"
        );
    }
    if (says(failed, {"File too large"})) {
        return told(
            ErrorReason::validation, "is larger than max_size_mib, " +
                                         std::to_string(options.max_size / (1024 * 1024)) +
                                         "; make the repository smaller, or raise max_size_mib"
        );
    }
    if (says(failed, {"No space left on device", "Disk quota exceeded"}))
        return told(ErrorReason::internal, "the disk is full (" + complaint + ")");
    if (says(failed, {"Host key verification failed", "HOST IDENTIFICATION HAS CHANGED"})) {
        return told(
            ErrorReason::auth,
            "the server shows another host key than known_hosts names; find out why before you change "
            "that file"
        );
    }
    if (says(
            failed, {"Permission denied (", "Authentication failed", "could not read Username",
                     "could not read Password", "returned error: 403", "Too many authentication"}
        )) {
        return told(
            ErrorReason::auth, "the server refused our credentials, or wants some (" + complaint +
                                   "); look at credentials or key_file"
        );
    }
    if (says(failed, {"certificate"})) {
        return told(
            ErrorReason::network,
            "the server's certificate is not trusted (" + complaint + "); look at ca_file"
        );
    }
    if (says(failed, {"returned error: 30", "redirect"}))
        return told(
            ErrorReason::network, complaint + "; redirects are not followed: write where it leads"
        );
    if (complaint.empty()) return git_error(failed, doing);
    return told(ErrorReason::network, complaint);
}

Result<std::string> git_fetch(const GitMirror& mirror, const GitOptions& options) {
    if (options.follow == GitOptions::Follow::commit && !mirror.empty()) {
        const auto there = mirror.fetched();  // it is what it is for ever
        if (there && *there == options.name) return options.name;
    }
    if (options.over_ssh() && find_program("ssh").empty()) {
        return Error(
            ErrorClass::terminal, ErrorReason::internal,
            "the program ssh is not installed; install the package openssh-client"
        );
    }
    mirror.keep_house();
    GitProgram::Call call = fetch_call(mirror, options);
    const Secret lines = credential_lines(options);
    const SecretFile login(lines.reveal());
    if (!login.good()) {
        return Error(
            ErrorClass::retryable, ErrorReason::internal,
            "no memory for credentials: " + std::system_category().message(errno)
        );
    }
    call.lent = login.descriptor();
    ChildResult fetched = mirror.git().run(call);
    if (fetched.ok()) return mirror.fetched();
    mirror.clean();
    if (options.cover) options.cover(fetched.errors);  // before anything is cut short
    Error error = git_fetch_error(fetched, options);
    if (tells_damage(fetched)) return Error(ErrorClass::conflict, error.reason(), error.what());
    return error;
}

}  // namespace fairway
