#include "manifests/git/git_mirror.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

namespace fairway {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr const char* current_ref = "refs/fairway/current";
constexpr std::size_t many_packs = 20;

Error disk_error(const std::string& path, const std::error_code& code) {
    return {ErrorClass::retryable, ErrorReason::internal, path + ": " + code.message()};
}

Error disk_error(const std::string& path) {
    return disk_error(path, std::error_code(errno, std::system_category()));
}

/// A folder that is ours alone: made, or found so.
Result<> own_folder(const std::string& path) {
    if (mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return disk_error(path);
    struct stat status {};
    if (lstat(path.c_str(), &status) != 0) return disk_error(path);
    const bool ours =
        S_ISDIR(status.st_mode) && status.st_uid == geteuid() && (status.st_mode & 077) == 0;
    if (ours) return {};
    return Error(
        ErrorClass::terminal, ErrorReason::internal,
        path + ": is not a directory of our user alone; remove it, or make it ours, mode 0700"
    );
}

Result<> write_whole(const std::string& path, const std::string& text) {
    const std::string unfinished = path + ".new";
    {
        std::ofstream out(unfinished, std::ios::binary | std::ios::trunc);
        out << text;
        out.flush();
        if (!out) return disk_error(unfinished);
    }
    if (rename(unfinished.c_str(), path.c_str()) != 0) return disk_error(path);
    return {};
}

std::string read_whole(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

Result<std::unique_ptr<GitMirror>> GitMirror::open(const GitOptions& options, const StopSignal& stop) {
    const Result<> made = own_folder(fs::path(options.folder).parent_path().string());
    if (!made) return made.error();
    std::unique_ptr<GitMirror> mirror(new GitMirror(options, options.folder, stop));
    const Result<> ready = mirror->prepare();
    if (!ready) return ready.error();
    return mirror;
}

Result<std::unique_ptr<GitMirror>> GitMirror::temporary(
    const GitOptions& options, const StopSignal& stop
) {
    std::error_code failed;
    std::string name = (fs::temp_directory_path(failed) / "fairway-git-XXXXXX").string();
    if (failed || mkdtemp(name.data()) == nullptr) return disk_error(name);
    std::unique_ptr<GitMirror> mirror(new GitMirror(options, name, stop));
    mirror->temporary_ = true;
    const Result<> ready = mirror->prepare();
    if (!ready) return ready.error();
    return mirror;
}

GitMirror::GitMirror(const GitOptions& options, std::string folder, const StopSignal& stop)
    : folder_(std::move(folder)),
      identity_(options.url + '\n' + options.ref()),
      git_(folder_ + "/mirror.git", folder_ + "/home", stop),
      key_file_(options.key_file),
      known_hosts_(options.known_hosts) {}

GitMirror::~GitMirror() {
    std::error_code ignored;
    if (temporary_) fs::remove_all(folder_, ignored);
    if (lock_ >= 0) ::close(lock_);
}

Result<> GitMirror::lock() {
    const std::string path = folder_ + "/lock";
    lock_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock_ < 0) return disk_error(path);
    if (flock(lock_, LOCK_EX | LOCK_NB) == 0) return {};
    if (errno != EWOULDBLOCK) return disk_error(path);
    return Error(
        ErrorClass::retryable, ErrorReason::internal, folder_ + ": is in use by another Fairway"
    );
}

Result<> GitMirror::prepare() {
    const Result<> made = own_folder(folder_);
    if (!made) return made;
    const Result<> locked = lock();
    if (!locked) return locked;
    const std::string& home = git_.home();
    std::error_code failed;
    fs::remove_all(home, failed);
    if (failed) return disk_error(home, failed);
    const Result<> at_home = own_folder(home);
    if (!at_home) return at_home;
    // ssh is given names without odd characters, whatever the paths are.
    if (!key_file_.empty()) fs::create_symlink(key_file_, home + "/identity", failed);
    if (!failed && !known_hosts_.empty())
        fs::create_symlink(known_hosts_, home + "/known_hosts", failed);
    if (failed) return disk_error(home, failed);
    clean();
    return make_repository();
}

/// The little that makes a bare repository; its configuration is written anew each time, for it could
/// name programs to run.
Result<> GitMirror::make_repository() const {
    const std::string& path = git_.repository();
    std::error_code failed;
    for (const char* part : {"/objects/info", "/objects/pack", "/refs/fairway"}) {
        fs::create_directories(path + part, failed);
        if (failed) return disk_error(path, failed);
    }
    fs::remove(path + "/objects/info/alternates", failed);
    const Result<> configured =
        write_whole(path + "/config", "[core]\n\trepositoryformatversion = 0\n\tbare = true\n");
    if (!configured) return configured;
    return write_whole(path + "/HEAD", "ref: refs/heads/none\n");
}

Result<> GitMirror::make_anew() const {
    std::error_code failed;
    fs::remove_all(git_.repository(), failed);
    if (failed) return disk_error(git_.repository(), failed);
    return make_repository();
}

void GitMirror::clean() const {
    std::error_code ignored;
    std::vector<fs::path> leftovers;
    fs::recursive_directory_iterator it(git_.repository(), ignored);
    for (; !ignored && it != fs::recursive_directory_iterator(); it.increment(ignored)) {
        const fs::path& path = it->path();
        const std::string name = path.filename().string();
        const bool half_a_pack =
            path.extension() == ".pack" && !fs::exists(fs::path(path).replace_extension(".idx"));
        if (name.ends_with(".lock") || name.ends_with(".keep") || name.starts_with("tmp_") ||
            half_a_pack)
            leftovers.push_back(path);
    }
    for (const fs::path& path : leftovers) fs::remove_all(path, ignored);
}

void GitMirror::keep_house() const {
    std::error_code ignored;
    std::size_t packs = 0;
    for (const auto& entry : fs::directory_iterator(git_.repository() + "/objects/pack", ignored))
        packs += entry.path().extension() == ".pack" ? 1 : 0;
    if (packs < many_packs) return;
    GitProgram::Call call;
    call.arguments = {"gc", "--quiet", "--prune=now"};
    call.limit = 10min;
    static_cast<void>(git_.run(call));  // the next fetch tells what is wrong, or it is tried again
    clean();
}

bool GitMirror::empty() const {
    GitProgram::Call call;
    call.arguments = {"rev-parse", "-q", "--verify", next_ref};
    return !git_.run(call).ok();
}

Result<std::string> GitMirror::fetched() const {
    GitProgram::Call call;
    call.arguments = {"rev-parse", "-q", "--verify", std::string(next_ref) + "^{commit}"};
    const ChildResult found = git_.run(call);
    if (found.ok()) return found.out.substr(0, found.out.find('\n'));
    const Error told = git_error(found, "find the commit");
    if (found.end != ChildResult::End::exited) return told;
    return Error(ErrorClass::conflict, ErrorReason::internal, told.what());
}

Result<bool> GitMirror::descends(const std::string& commit, const std::string& ancestor) const {
    if (commit == ancestor) return true;
    GitProgram::Call call;
    call.arguments = {"cat-file", "-e", ancestor + "^{commit}"};
    const ChildResult there = git_.run(call);
    if (there.end != ChildResult::End::exited) return git_error(there, "compare commits");
    if (!there.ok()) return false;
    call.arguments = {"merge-base", "--is-ancestor", ancestor, commit};
    const ChildResult found = git_.run(call);
    if (found.ok()) return true;
    if (found.end == ChildResult::End::exited && found.code == 1) return false;
    const Error told = git_error(found, "compare commits");
    if (found.end != ChildResult::End::exited) return told;
    return Error(ErrorClass::conflict, ErrorReason::internal, told.what());
}

std::optional<std::string> GitMirror::accepted() const {
    const std::string text = read_whole(folder_ + "/accepted");
    const auto end = text.rfind('\n');
    if (end == std::string::npos || text.substr(0, end) != identity_) return std::nullopt;
    std::string commit = text.substr(end + 1);
    if (commit.size() != 40) return std::nullopt;
    return commit;
}

Result<> GitMirror::accept(const std::string& commit) const {
    GitProgram::Call call;
    call.arguments = {"update-ref", current_ref, commit};
    const ChildResult kept = git_.run(call);
    if (!kept.ok()) return git_error(kept, "keep the commit");
    return write_whole(folder_ + "/accepted", identity_ + '\n' + commit);
}

}  // namespace fairway
