#include "tests/manifests/git/repository.hpp"

#include <algorithm>
#include <stdexcept>

#include "manifests/git/child_process.hpp"

namespace fairway::test {
namespace {

std::string bytes_of(const std::string& hex) {
    std::string out;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        out += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    return out;
}

}  // namespace

Repository::Repository() {
    git({"init", "-q", "--bare", "--initial-branch=main"});
}

std::string Repository::git(std::vector<std::string> arguments, std::string_view input) const {
    const StopSignal never;
    ChildCommand command;
    command.arguments = {"git", "-c", "gc.auto=0", "-c", "maintenance.auto=false"};
    for (const std::string& setting : settings) {
        command.arguments.emplace_back("-c");
        command.arguments.push_back(setting);
    }
    command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
    command.environment = {
        "PATH=/usr/bin:/bin",
        "HOME=" + folder.path(),
        "GIT_DIR=" + path(),
        "GIT_INDEX_FILE=" + folder.file("index"),
        "GIT_CONFIG_NOSYSTEM=1",
        "GIT_AUTHOR_NAME=Ann Author",
        "GIT_AUTHOR_EMAIL=ann@x.org",
        "GIT_COMMITTER_NAME=Cob",
        "GIT_COMMITTER_EMAIL=cob@x.org"};
    command.environment.insert(command.environment.end(), environment.begin(), environment.end());
    command.folder = folder.path();
    command.input = input;
    command.most_output = 64 * 1024 * 1024;
    command.limit = std::chrono::minutes(2);
    ChildResult result = run_child(command, never);
    if (!result.ok()) throw std::runtime_error("git " + arguments.front() + ": " + result.errors);
    if (result.out.ends_with('\n')) result.out.pop_back();
    return std::move(result.out);
}

std::string Repository::blob(std::string_view bytes) const {
    if (bytes.empty()) return git({"hash-object", "-w", "-t", "blob", "/dev/null"});
    return git({"hash-object", "-w", "-t", "blob", "--stdin"}, bytes);
}

std::string Repository::tree(const std::vector<Entry>& entries) const {
    std::string text;
    for (const Entry& entry : entries) {
        text += entry.mode + ' ' + entry.name;
        text += '\0';
        text += bytes_of(entry.id);
    }
    return git({"hash-object", "-w", "-t", "tree", "--literally", "--stdin"}, text);
}

std::string Repository::commit_tree(
    const std::string& tree, const std::vector<std::string>& parents, const std::string& message
) const {
    std::vector<std::string> arguments{"commit-tree"};
    for (const std::string& parent : parents) {
        arguments.emplace_back("-p");
        arguments.push_back(parent);
    }
    const bool sign =
        std::find(settings.begin(), settings.end(), "commit.gpgSign=true") != settings.end();
    if (sign) arguments.emplace_back("-S");
    arguments.push_back(tree);
    return git(arguments, message);
}

std::string Repository::push(const Files& files, const std::string& message, const std::string& branch)
    const {
    std::vector<std::string> parents;
    try {
        parents.push_back(head(branch));
        git({"read-tree", parents.front()});
    } catch (const std::runtime_error&) {
        parents.clear();
        git({"read-tree", "--empty"});
    }
    std::string index;
    for (const auto& [name, text] : files) {
        index += text ? "100644 " + blob(*text) : "0 " + std::string(40, '0');
        index += '\t' + name;
        index += '\0';
    }
    git({"update-index", "-z", "--index-info"}, index);
    const std::string commit = commit_tree(git({"write-tree"}), parents, message);
    move(branch, commit);
    return commit;
}

std::string Repository::head(const std::string& branch) const {
    return git({"rev-parse", "-q", "--verify", "refs/heads/" + branch});
}

void Repository::move(const std::string& branch, const std::string& commit) const {
    git({"update-ref", "refs/heads/" + branch, commit});
}

}  // namespace fairway::test
