#pragma once

#include <sys/stat.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "manifests/defaults_tree.hpp"
#include "manifests/directory/directory_fd.hpp"
#include "manifests/manifests.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/manifest_snapshot.hpp"

namespace fairway {

struct DirectoryOptions {
    std::size_t max_files = 50'000;                       ///< manifest files in all
    std::uint64_t max_total_bytes = 64ull * 1024 * 1024;  ///< of all of them together
    unsigned max_depth = 32;                              ///< levels of directories below a path
    Duration scan_interval{std::chrono::minutes(1)};      ///< a full look, whatever the events say
    Duration poll_interval{std::chrono::seconds(5)};      ///< the same where events cannot be had
    Duration retry_interval{std::chrono::seconds(1)};     ///< a full look after a failed one
    /// What changed more recently than this may still be in the making, unless its writer was seen to
    /// close it: it is looked at again after a pause. Longer than the grain of file times, 4 to 10 ms.
    Duration settle{std::chrono::milliseconds(20)};
    /// How long to go on looking for a moment in which nothing changes.
    Duration patience{std::chrono::milliseconds(1000)};
};

using SnapshotPtr = std::shared_ptr<const ManifestSnapshot>;

/// A file whose change was announced.
struct DirectoryHint {
    std::string path;
    bool settled;  ///< its writer closed it, or it was moved there whole
};

/// Reads manifests from directories (recursively) and single files, remembering what it read: a file is
/// opened only when its status says that it may have changed, and parsed only when its content did.
/// Blocking; one thread at a time.
class DirectoryReader {
public:
    /// How often what was done, since the beginning.
    struct Counts {
        std::uint64_t full_looks = 0, stats = 0, reads = 0, parses = 0;
    };
    /// Called for each directory after it was opened and before it is read, so that a watch misses
    /// nothing. The descriptor is only lent.
    using Entered = std::function<void(const std::string& path, int fd)>;

    DirectoryReader(
        std::string source, std::vector<std::string> paths, ManifestContext context,
        DirectoryOptions options
    );
    DirectoryReader(const DirectoryReader&) = delete;
    DirectoryReader& operator=(const DirectoryReader&) = delete;

    /// A full look. Waits for what is in the making, at most `patience`. `stop` ends it early, with an
    /// error of class cancelled. Returns the same pointer as before when nothing changed.
    Result<SnapshotPtr> read_all(const std::atomic<bool>& stop, const Entered& entered = {});
    /// Looks at the announced files only. Nothing when a full look is needed instead; then nothing has
    /// changed here.
    std::optional<Result<SnapshotPtr>> read_some(const std::vector<DirectoryHint>& hints);

    /// Another configuration: everything is parsed anew at the next full look.
    void set_context(ManifestContext context);
    /// True when the last look left something in the making out: look again soon.
    bool in_doubt() const { return in_doubt_; }
    const std::vector<std::string>& paths() const { return paths_; }
    const Counts& counts() const { return counts_; }

private:
    /// What tells one state of a file from another without reading it.
    struct Stamp {
        dev_t device = 0;
        ino_t inode = 0;
        std::uint64_t size = 0;
        std::int64_t modified_ns = 0, changed_ns = 0;
        bool operator==(const Stamp&) const = default;
    };
    using Parsed = std::shared_ptr<const FileManifests>;
    struct File {
        Stamp stamp;
        bool racy = false;  ///< read so soon after a change that another one would not show in the stamp
        Parsed result;
        Parsed last_whole;  ///< the newest result without a refused document; may be empty
        std::uint64_t seen_in = 0;
    };
    struct Update {
        Stamp stamp;
        bool racy = false;
        bool parse = false;  ///< `bytes` are new
        FileScope scope = FileScope::everything;
        std::string bytes;
        Parsed result;
        std::uint64_t seen_in = 0;
    };
    struct Directory {
        dev_t device = 0;
        std::size_t files = 0;
    };
    struct Generation {
        DirectoryFd directory;  ///< the one that `..data` is in
        std::string path, target;
    };
    /// One attempt at a full look.
    struct Look {
        std::uint64_t number = 0;
        std::size_t files = 0;
        std::uint64_t bytes = 0;
        bool moved = false;  ///< something came or went meanwhile: look again
        std::string moved_at;
        bool young = false;  ///< something is so new that it may be in the making: wait, look again
        bool take_what_is = false;  ///< the patience is over
        std::vector<Generation> generations;
        std::map<std::string, Directory> directories;
        std::vector<std::string> single_files;  ///< that were named themselves
    };

    static Stamp stamp_of(const struct stat& status);
    bool too_young(std::int64_t modified_ns) const;
    bool is_racy(const Stamp& stamp) const;

    // Each returns false when the look must end, with `failure_` set.
    bool fail(Error error);
    bool fail(const std::string& path, int code);
    bool walk_root(const std::string& path);
    bool walk(DirectoryFd directory, const std::string& path, unsigned depth);
    bool walk_generation(int directory, const std::string& path, unsigned depth);
    bool visit(
        int directory, const std::string& name, const std::string& path, unsigned depth, bool generation
    );
    bool visit_link(
        int directory, const std::string& name, const std::string& path, const Stamp& stamp,
        bool generation
    );
    bool visit_file(
        int directory, const std::string& name, const std::string& path, const Stamp& stamp, bool settled
    );
    bool read_file(const DirectoryFd& file, const std::string& path, bool settled);
    bool look_beside(const std::string& file);
    bool is_known(const File& file, const std::string& path, const Stamp& stamp) const;
    bool count_file(const std::string& path, std::uint64_t size);
    void refuse(const std::string& path, const Stamp& stamp, std::string wrong, std::string advice);
    void note_nothing(const std::string& path, const Stamp& stamp);
    bool finish_look();
    bool take_hint(const DirectoryHint& hint, std::vector<std::string>& removed);

    /// False when files must be read again, because other defaults hold for them now.
    bool parse_look();
    void parse_hinted();
    Parsed parse(const std::string& path, const Update& update, const DefaultsPtr& defaults);
    Result<SnapshotPtr> commit(const std::vector<std::string>& removed, bool whole);

    std::string source_;
    std::vector<std::string> paths_;
    ManifestContext context_;
    DirectoryOptions options_;

    std::map<std::string, File, std::less<>> files_;
    std::map<std::string, Directory> directories_;
    std::map<std::string, std::pair<dev_t, ino_t>, std::less<>> roots_;
    std::uint64_t bytes_ = 0;
    std::uint64_t look_number_ = 0;
    SnapshotPtr snapshot_;
    bool in_doubt_ = false;
    bool parse_all_ = false;
    DefaultsTree defaults_;
    std::atomic<std::uint64_t> parses_{0};
    Counts counts_;

    // Of the look in progress.
    Look look_;
    std::map<std::string, Update> updates_;
    std::set<std::string, std::less<>> reread_;  ///< whatever their status says
    std::optional<Error> failure_;
    const Entered* entered_ = nullptr;
    const std::atomic<bool>* stop_ = nullptr;
};

/// The same, once: for commands. A path that is a file is read whatever its name ends in, and with it
/// the ChannelDefaults that lie beside it; those of the directories above are not looked for.
Result<SnapshotPtr> load_manifests(
    const std::vector<std::string>& paths, const ManifestContext& context,
    const std::string& source = "files", const DirectoryOptions& options = {}
);

}  // namespace fairway
