#include "manifests/git/git_reader.hpp"

#include <utility>

#include "manifests/git/git_fetch.hpp"

namespace fairway {

GitReader::GitReader(
    std::string source, GitOptions options, ManifestContext context, const StopSignal& stop
)
    : source_(std::move(source)),
      options_(std::move(options)),
      context_(std::move(context)),
      stop_(stop),
      reader_(source_, options_.path, context_) {}

void GitReader::set_context(ManifestContext context) {
    context_ = context;
    reader_.set_context(std::move(context));
}

Result<> GitReader::open() {
    if (mirror_) return {};
    Result<std::unique_ptr<GitMirror>> opened = options_.folder.empty()
                                                    ? GitMirror::temporary(options_, stop_)
                                                    : GitMirror::open(options_, stop_);
    if (!opened && temporary_allowed_) opened = GitMirror::temporary(options_, stop_);
    if (!opened) {  // not a fault of what was fetched
        return Error(ErrorClass::retryable, opened.error().reason(), opened.error().what());
    }
    mirror_ = *std::move(opened);
    return {};
}

Result<SnapshotPtr> GitReader::read() {
    return read_with(reader_);
}

Result<SnapshotPtr> GitReader::read_afresh() {
    GitCommitReader fresh(source_, options_.path, context_);
    return read_with(fresh);
}

Result<SnapshotPtr> GitReader::read_with(GitCommitReader& reader) {
    const Result<> opened = open();
    if (!opened) return opened.error();
    Result<SnapshotPtr> read = attempt(reader);
    if (read || read.error().cls() != ErrorClass::conflict) return read;
    const Result<> anew = mirror_->make_anew();
    if (!anew) return anew.error();
    read = attempt(reader);
    if (read || read.error().cls() != ErrorClass::conflict) return read;
    return Error(ErrorClass::retryable, read.error().reason(), read.error().what());
}

Result<SnapshotPtr> GitReader::attempt(GitCommitReader& reader) {
    const Result<std::string> commit = git_fetch(*mirror_, options_);
    if (!commit) return commit.error();
    if (verified_ != *commit) {
        const Result<> verified = git_verify(*mirror_, options_, *commit);
        if (!verified) return verified.error();
        verified_ = *commit;
    }
    const std::optional<std::string> before = mirror_->accepted();
    if (before != *commit) {
        const Result<> judged = judge_history(*commit);
        if (!judged) return judged.error();
    }
    Result<SnapshotPtr> snapshot = reader.read(mirror_->git(), *commit);
    if (!snapshot || before == *commit) return snapshot;
    const Result<> accepted = mirror_->accept(*commit);
    if (!accepted) return accepted.error();
    return snapshot;
}

Result<> GitReader::judge_history(const std::string& commit) const {
    if (options_.allow_rewind || options_.follow == GitOptions::Follow::commit) return {};
    const std::optional<std::string> before = mirror_->accepted();
    if (!before) return {};
    const Result<bool> follows = mirror_->descends(commit, *before);
    if (!follows) return follows.error();
    if (*follows) return {};
    return Error(
        ErrorClass::refused, ErrorReason::guard,
        options_.followed() + " of " + options_.url + " was rewritten: " + commit +
            " does not descend from " + *before +
            ", which was accepted last; push a commit that does, or set allow_rewind: true. Until then "
            "the "
            "manifests of " +
            *before + " hold"
    );
}

Result<SnapshotPtr> load_git_manifests(
    const std::string& source, const GitOptions& options, const ManifestContext& context
) {
    const StopSignal never;
    GitReader reader(source, options, context, never);
    reader.allow_temporary();
    return reader.read();
}

}  // namespace fairway
