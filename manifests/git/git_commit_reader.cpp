#include "manifests/git/git_commit_reader.hpp"

#include <atomic>
#include <charconv>
#include <optional>
#include <utility>

#include "manifests/file_results.hpp"
#include "manifests/source_names.hpp"

namespace fairway {
namespace {

constexpr std::size_t most_listing = 128 * 1024 * 1024;
constexpr std::string_view lfs_pointer = "version https://git-lfs.github.com/spec/";

/// Of a call that only fails where the repository is not what it has to be.
Error damage(const ChildResult& failed, std::string_view doing) {
    Error told = git_error(failed, doing);
    const bool by_itself =
        failed.end == ChildResult::End::exited || failed.end == ChildResult::End::signalled;
    if (!by_itself) return told;
    return {ErrorClass::conflict, ErrorReason::internal, told.what()};
}

/// Takes one answer of `git cat-file --batch` off `rest`; nothing where it tells of no such object.
std::optional<std::string> take_object(std::string_view& rest) {
    const auto line_end = rest.find('\n');
    if (line_end == std::string_view::npos) return std::nullopt;
    const std::string_view head = rest.substr(0, line_end);
    const auto space = head.rfind(' ');
    if (space == std::string_view::npos) return std::nullopt;
    std::size_t size = 0;
    const char* end = head.data() + head.size();
    const auto read = std::from_chars(head.data() + space + 1, end, size);
    if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
    rest.remove_prefix(line_end + 1);
    if (rest.size() < size + 1) return std::nullopt;
    std::string bytes(rest.substr(0, size));
    rest.remove_prefix(size + 1);
    return bytes;
}

FileManifests doubtful_file(const GitRemark& remark, const std::string& path) {
    FileManifests out;
    out.file = path;
    out.digest = "doubtful: " + remark.wrong;
    ManifestProblem problem;
    problem.severity = Severity::warning;
    problem.place.file = path;
    problem.wrong = remark.wrong;
    problem.advice = remark.advice;
    out.problems.push_back(std::move(problem));
    return out;
}

}  // namespace

GitCommitReader::GitCommitReader(
    std::string source, std::string path, ManifestContext context, GitLimits limits
)
    : source_(std::move(source)), path_(std::move(path)), context_(std::move(context)), limits_(limits) {
    while (path_.ends_with('/')) path_.pop_back();
}

void GitCommitReader::set_context(ManifestContext context) {
    context_ = std::move(context);
    commit_.clear();
    for (auto& [path, file] : files_) file.id.clear();  // what protects broken files stays
}

GitCommitReader::File* GitCommitReader::known_at(const std::string& path) {
    const auto known = files_.find(path);
    return known == files_.end() ? nullptr : &known->second;
}

std::string GitCommitReader::told(const std::string& path) const {
    return printable_name(path_.empty() ? path : path_ + '/' + path);
}

Result<SnapshotPtr> GitCommitReader::read(const GitProgram& git, const std::string& commit) {
    if (commit == commit_) return snapshot_;
    const auto entries = list(git, commit);
    if (!entries) return entries.error();
    Result<GitFiles> found = judge_git_listing(*entries, limits_);
    if (!found) return Error(found.error()).in("commit " + commit);

    std::vector<std::string> ids{commit};
    std::uint64_t bytes = max_manifest_bytes;
    for (const GitEntry& link : found->links) {
        ids.push_back(link.id);
        bytes += link.size;
    }
    std::vector<Work> work;
    work.reserve(found->files.size());
    std::vector<std::size_t> fresh;
    auto next = files_.begin();  // a listing has the same order: mostly nothing has to be sought
    for (const GitEntry& file : found->files) {
        if (next == files_.end() || next->first != file.path) next = files_.lower_bound(file.path);
        const bool there = next != files_.end() && next->first == file.path;
        File* known = there ? &(next++)->second : nullptr;
        const bool same = known != nullptr && known->id == file.id;
        if (!same) {
            ids.push_back(file.id);
            bytes += file.size;
            fresh.push_back(work.size());
        }
        work.push_back({&file, known, {}, !same, same ? known->result : nullptr});
    }
    auto contents = objects(git, ids, bytes);
    if (!contents) return contents.error();
    counts_.reads += fresh.size();

    const std::size_t links = found->links.size();
    for (std::size_t i = 0; i < links; ++i) {
        const GitEntry& link = found->links[i];
        std::string wrong = judge_git_link(link, (*contents)[1 + i], *entries);
        if (wrong.empty()) continue;
        found->refused.push_back({link.path, std::move(wrong), "put the file or directory itself here"});
    }
    for (std::size_t i = 0; i < fresh.size(); ++i)
        work[fresh[i]].bytes = std::move((*contents)[1 + links + i]);
    const Result<> parsed = parse(git, work, found->refused);
    if (!parsed) return parsed.error();
    snapshot_ = take_over(std::move(work), *found, parse_git_commit(commit, contents->front()));
    commit_ = commit;
    return snapshot_;
}

Result<std::vector<GitEntry>> GitCommitReader::list(const GitProgram& git, const std::string& commit) {
    ++counts_.listings;
    GitProgram::Call call;
    call.arguments = {"ls-tree", "-r", "-l", "-z", path_.empty() ? commit : commit + ':' + path_};
    call.most_output = most_listing;
    const ChildResult listed = git.run(call);
    if (!listed.ok()) return why_no_listing(git, commit, listed);
    auto entries = parse_git_listing(listed.out);
    if (entries) return *std::move(entries);
    return Error(
        ErrorClass::conflict, ErrorReason::internal, "the list of the commit's files is broken"
    );
}

Error GitCommitReader::why_no_listing(
    const GitProgram& git, const std::string& commit, const ChildResult& failed
) const {
    const Error broken = damage(failed, "list the files of commit " + commit);
    if (path_.empty() || failed.end != ChildResult::End::exited) return broken;
    GitProgram::Call call;
    call.arguments = {"rev-parse", "-q", "--verify", commit + ':' + path_};
    const ChildResult found = git.run(call);
    const std::string what = "path " + printable_name(path_);
    if (found.end == ChildResult::End::exited && found.code == 1 && found.errors.empty()) {
        call.arguments = {"ls-tree", commit};
        call.most_output = most_listing;
        if (!git.run(call).ok()) return broken;  // it is the commit that is missing
        return {
            ErrorClass::not_found, ErrorReason::not_found,
            what + " does not exist in commit " + commit +
                "; push it again, or correct the path. Until then nothing is deleted"};
    }
    if (!found.ok()) return broken;
    call.arguments = {"cat-file", "-t", commit + ':' + path_};
    const ChildResult kind = git.run(call);
    if (!kind.ok() || kind.out == "tree\n") return broken;
    return {
        ErrorClass::terminal, ErrorReason::validation,
        what + " is no directory in commit " + commit + "; name the directory of the manifests"};
}

Result<std::vector<std::string>> GitCommitReader::objects(
    const GitProgram& git, const std::vector<std::string>& ids, std::uint64_t bytes
) {
    constexpr std::size_t head = 128;  // what stands before and after each object
    std::string input;
    for (const std::string& id : ids) input += id + '\n';
    GitProgram::Call call;
    call.arguments = {"cat-file", "--batch"};
    call.input = input;
    call.most_output = static_cast<std::size_t>(bytes) + ids.size() * head;
    const ChildResult read = git.run(call);
    if (!read.ok()) return damage(read, "read files");
    std::vector<std::string> out;
    out.reserve(ids.size());
    std::string_view rest = read.out;
    for (const std::string& id : ids) {
        auto object = take_object(rest);
        if (!object)
            return Error(
                ErrorClass::conflict, ErrorReason::internal, "the object " + id + " is missing"
            );
        out.push_back(*std::move(object));
    }
    return out;
}

Result<> GitCommitReader::parse(
    const GitProgram& git, std::vector<Work>& work, const std::vector<GitRemark>& refused
) {
    for (;;) {
        std::vector<FileInLook> files;
        files.reserve(work.size() + refused.size());
        for (const Work& one : work) {
            files.push_back(
                {one.entry->path, one.read ? &one.bytes : nullptr, one.result,
                 one.known == nullptr ? nullptr : one.known->last_whole}
            );
        }
        for (const GitRemark& remark : refused) {
            const File* known = known_at(remark.path);
            files.push_back(
                {remark.path, nullptr, refusal(remark), known == nullptr ? nullptr : known->last_whole}
            );
        }
        DefaultsTree defaults;
        std::atomic<std::uint64_t> parses{0};
        const auto unread =
            parse_below_defaults(files, defaults, [&](std::size_t i, const DefaultsPtr& holds) {
                ++parses;
                return parse_one(*work[i].entry, work[i].bytes, holds);
            });
        counts_.parses += parses;
        for (std::size_t i = 0; i < work.size(); ++i) work[i].result = std::move(files[i].result);
        if (unread.empty()) return {};

        std::vector<std::string> ids;
        std::uint64_t bytes = 0;
        for (const std::size_t i : unread) {
            ids.push_back(work[i].entry->id);
            bytes += work[i].entry->size;
        }
        auto contents = objects(git, ids, bytes);
        if (!contents) return contents.error();
        counts_.reads += unread.size();
        for (std::size_t i = 0; i < unread.size(); ++i) {
            work[unread[i]].bytes = std::move((*contents)[i]);
            work[unread[i]].read = true;
        }
    }
}

GitCommitReader::Parsed GitCommitReader::parse_one(
    const GitEntry& entry, const std::string& bytes, const DefaultsPtr& defaults
) const {
    const std::string path = told(entry.path);
    if (std::string_view(bytes).starts_with(lfs_pointer)) {
        return std::make_shared<const FileManifests>(refused_file(
            path, "is a pointer of Git LFS, and its content is not here", "keep manifests out of LFS"
        ));
    }
    return std::make_shared<const FileManifests>(parse_manifests(path, bytes, context_, defaults));
}

GitCommitReader::Parsed GitCommitReader::refusal(const GitRemark& remark) const {
    return std::make_shared<const FileManifests>(
        refused_file(told(remark.path), remark.wrong, remark.advice)
    );
}

SnapshotPtr GitCommitReader::take_over(
    std::vector<Work> work, const GitFiles& found, const GitCommit& commit
) {
    const auto take = [](const File* known, File& file, std::string id, Parsed result) {
        file.id = std::move(id);
        file.result = std::move(result);
        if (known != nullptr) file.last_whole = known->last_whole;
        if (file.result->invalid == 0) {
            if (!file.result->blank) file.last_whole = file.result;
        } else if (file.last_whole) {
            file.result = protecting(file.result, *file.last_whole);
        }
    };
    std::map<std::string, File> next;
    for (Work& one : work) {
        File file;
        if (one.known != nullptr && one.known->result == one.result) {
            file = *one.known;
        } else {
            take(one.known, file, one.entry->id, std::move(one.result));
        }
        next.emplace_hint(next.end(), one.entry->path, std::move(file));
    }
    for (const GitRemark& remark : found.refused)
        take(known_at(remark.path), next[remark.path], {}, refusal(remark));
    files_ = std::move(next);

    std::vector<Parsed> results;
    results.reserve(files_.size() + found.doubtful.size());
    for (const auto& [path, file] : files_) results.push_back(file.result);
    for (const GitRemark& remark : found.doubtful)
        results.push_back(std::make_shared<const FileManifests>(doubtful_file(remark, told(remark.path)))
        );
    auto snapshot = std::make_shared<ManifestSnapshot>(assemble(std::move(results), source_));
    snapshot->files -= found.doubtful.size();
    snapshot->version = commit.id;
    snapshot->change = commit.author + (commit.author.empty() ? "" : ": ") + commit.subject;
    return snapshot;
}

}  // namespace fairway
