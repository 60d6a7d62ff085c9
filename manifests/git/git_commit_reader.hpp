#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "manifests/defaults_tree.hpp"
#include "manifests/git/git_commit.hpp"
#include "manifests/git/git_listing.hpp"
#include "manifests/git/git_program.hpp"
#include "manifests/manifests.hpp"

namespace fairway {

using SnapshotPtr = std::shared_ptr<const ManifestSnapshot>;

/// Reads the manifests of single commits from a repository on this disk, remembering what it read: what
/// did not change from one commit to the next is neither read nor parsed again. Nothing is ever checked
/// out. Blocking; one thread at a time.
class GitCommitReader {
public:
    /// How often what was done, since the beginning.
    struct Counts {
        std::uint64_t listings = 0, reads = 0, parses = 0;
    };
    /// `path` is the folder of the manifests in the repository; empty: all of it.
    GitCommitReader(
        std::string source, std::string path, ManifestContext context, GitLimits limits = {}
    );

    /// All manifests of that commit: a whole snapshot, or an error. One of class conflict means that the
    /// repository lacks what it must have. The same pointer as before where nothing changed.
    Result<SnapshotPtr> read(const GitProgram& git, const std::string& commit);

    /// Another configuration: everything is parsed anew.
    void set_context(ManifestContext context);
    const Counts& counts() const { return counts_; }

private:
    using Parsed = std::shared_ptr<const FileManifests>;
    struct File {
        std::string id;
        Parsed result;
        Parsed last_whole;  ///< the newest result without a refused document; may be empty
    };
    /// A file of the commit that is being read.
    struct Work {
        const GitEntry* entry;
        File* known;  ///< what is remembered of the path; null: nothing
        std::string bytes;
        bool read = false;  ///< `bytes` are there
        Parsed result;
    };

    Result<std::vector<GitEntry>> list(const GitProgram& git, const std::string& commit);
    Error why_no_listing(const GitProgram& git, const std::string& commit, const ChildResult& failed)
        const;
    /// The contents of these objects, in their order.
    static Result<std::vector<std::string>> objects(
        const GitProgram& git, const std::vector<std::string>& ids, std::uint64_t bytes
    );
    /// Reads and parses until all are as the defaults of this commit ask for.
    Result<> parse(
        const GitProgram& git, std::vector<Work>& work, const std::vector<GitRemark>& refused
    );
    Parsed parse_one(const GitEntry& entry, const std::string& bytes, const DefaultsPtr& defaults) const;
    Parsed refusal(const GitRemark& remark) const;
    SnapshotPtr take_over(std::vector<Work> work, const GitFiles& found, const GitCommit& commit);
    std::string told(const std::string& path) const;
    File* known_at(const std::string& path);

    std::string source_, path_;
    ManifestContext context_;
    GitLimits limits_;
    std::map<std::string, File> files_;
    std::string commit_;  ///< that `snapshot_` is of
    SnapshotPtr snapshot_;
    Counts counts_;
};

}  // namespace fairway
