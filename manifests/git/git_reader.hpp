#pragma once

#include <memory>
#include <optional>
#include <string>

#include "manifests/git/git_commit_reader.hpp"
#include "manifests/git/git_mirror.hpp"
#include "manifests/git/git_options.hpp"

namespace fairway {

/// Fetches what is followed and reads its manifests: the newest commit that is accepted, whole, or an
/// error. Blocking; one thread at a time.
class GitReader {
public:
    GitReader(std::string source, GitOptions options, ManifestContext context, const StopSignal& stop);

    /// For a command that runs once: where the mirror's folder cannot be used, a temporary one is.
    void allow_temporary() { temporary_allowed_ = true; }
    /// Asks the server, whatever is known. The same pointer as before where nothing changed.
    Result<SnapshotPtr> read();
    /// The same, and reads and parses every file anew.
    Result<SnapshotPtr> read_afresh();

    void set_context(ManifestContext context);
    const GitCommitReader::Counts& counts() const { return reader_.counts(); }

private:
    Result<> open();
    Result<SnapshotPtr> read_with(GitCommitReader& reader);
    Result<SnapshotPtr> attempt(GitCommitReader& reader);
    Result<> judge_history(const std::string& commit) const;

    std::string source_;
    GitOptions options_;
    ManifestContext context_;
    const StopSignal& stop_;
    bool temporary_allowed_ = false;
    std::unique_ptr<GitMirror> mirror_;
    std::string verified_;  ///< the commit whose signature was found good
    GitCommitReader reader_;
};

/// The same, once: for commands.
Result<SnapshotPtr> load_git_manifests(
    const std::string& source, const GitOptions& options, const ManifestContext& context
);

}  // namespace fairway
