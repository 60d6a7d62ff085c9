#include "manifests/directory/directory_reader.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <thread>
#include <utility>

#include "manifests/directory/file_status.hpp"
#include "manifests/file_results.hpp"
#include "manifests/source_names.hpp"

namespace fairway {
namespace {

/// Of the clock that file times come from.
std::int64_t file_clock_now() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return nanoseconds(now);
}

}  // namespace

DirectoryReader::DirectoryReader(
    std::string source, std::vector<std::string> paths, ManifestContext context, DirectoryOptions options
)
    : source_(std::move(source)), context_(std::move(context)), options_(options) {
    for (auto& path : paths) {
        while (path.size() > 1 && path.ends_with('/')) path.pop_back();
        if (std::find(paths_.begin(), paths_.end(), path) == paths_.end()) paths_.push_back(path);
    }
}

void DirectoryReader::set_context(ManifestContext context) {
    context_ = std::move(context);
    parse_all_ = true;
}

DirectoryReader::Stamp DirectoryReader::stamp_of(const struct stat& status) {
    Stamp stamp;
    stamp.device = status.st_dev;
    stamp.inode = status.st_ino;
    stamp.size = static_cast<std::uint64_t>(status.st_size);
    stamp.modified_ns = nanoseconds(status.st_mtim);
    stamp.changed_ns = nanoseconds(status.st_ctim);
    return stamp;
}

bool DirectoryReader::too_young(std::int64_t modified_ns) const {
    const std::int64_t settle = std::chrono::nanoseconds(options_.settle).count();
    const std::int64_t age = file_clock_now() - modified_ns;
    return age < settle && age > -settle;  // further in the future: another clock, which says nothing
}

bool DirectoryReader::is_racy(const Stamp& stamp) const {
    const std::int64_t newest = std::max(stamp.modified_ns, stamp.changed_ns);
    // Some file systems keep whole seconds, or every second one.
    const bool coarse = stamp.modified_ns % 1'000'000'000 == 0 && stamp.changed_ns % 1'000'000'000 == 0;
    const std::int64_t grain =
        coarse ? 2'100'000'000 : std::chrono::nanoseconds(options_.settle).count();
    return newest + grain > file_clock_now();
}

bool DirectoryReader::fail(Error error) {
    if (!failure_) failure_ = std::move(error);
    return false;
}

Result<SnapshotPtr> DirectoryReader::read_all(const std::atomic<bool>& stop, const Entered& entered) {
    const auto begin = std::chrono::steady_clock::now();
    ++counts_.full_looks;
    entered_ = &entered;
    stop_ = &stop;
    updates_.clear();
    reread_.clear();
    failure_.reset();
    in_doubt_ = false;
    std::map<std::string, std::pair<dev_t, ino_t>, std::less<>> old_roots;
    old_roots.swap(roots_);

    for (bool last = false;; last = std::chrono::steady_clock::now() - begin > options_.patience) {
        look_ = Look{};
        look_.number = ++look_number_;
        look_.take_what_is = last;
        roots_.clear();
        bool complete = true;
        for (const auto& path : paths_) {
            complete = complete && walk_root(path);
        }
        for (const auto& file : look_.single_files) {
            complete = complete && look_beside(file);
        }
        complete = complete && finish_look();
        look_.generations.clear();
        if (!complete) break;
        if (!look_.moved && (!look_.young || last)) {
            if (parse_look()) break;
            continue;
        }
        if (last) {
            fail(Error(
                ErrorClass::retryable, ErrorReason::internal,
                printable_name(look_.moved_at) +
                    ": keeps changing while it is read; it is read again later"
            ));
            break;
        }
        for (auto pause = std::chrono::nanoseconds(options_.settle); pause.count() > 0;
             pause -= std::chrono::milliseconds(5)) {
            if (stop.load(std::memory_order_relaxed)) break;
            std::this_thread::sleep_for(
                std::min<std::chrono::nanoseconds>(pause, std::chrono::milliseconds(5))
            );
        }
    }
    entered_ = nullptr;
    stop_ = nullptr;
    if (failure_) {
        roots_.clear();  // so that announced files are not looked at before a full look succeeds
        return *failure_;
    }
    auto result = commit({}, true);
    directories_ = std::move(look_.directories);
    bytes_ = look_.bytes;
    parse_all_ = false;
    return result;
}

DirectoryReader::Parsed DirectoryReader::parse(
    const std::string& path, const Update& update, const DefaultsPtr& defaults
) {
    ++parses_;
    return std::make_shared<const FileManifests>(
        parse_manifests(path, update.bytes, context_, defaults, update.scope)
    );
}

bool DirectoryReader::parse_look() {
    const auto in_look = [&](const auto& entry) { return entry.second.seen_in == look_.number; };
    // Nothing came, changed or went: nor did what holds for whom.
    if (std::none_of(updates_.begin(), updates_.end(), in_look) &&
        std::all_of(files_.begin(), files_.end(), in_look)) {
        return true;
    }
    std::vector<FileInLook> files;
    std::vector<Update*> updates;
    files.reserve(files_.size() + updates_.size());
    for (auto& [path, update] : updates_) {
        if (update.seen_in != look_.number) continue;
        const auto known = files_.find(path);
        files.push_back(
            {path, update.parse ? &update.bytes : nullptr, update.result,
             known == files_.end() ? nullptr : known->second.last_whole}
        );
        updates.push_back(&update);
    }
    for (const auto& [path, file] : files_) {
        if (file.seen_in != look_.number) continue;
        const auto update = updates_.find(path);
        if (update != updates_.end() && update->second.seen_in == look_.number) continue;
        files.push_back({path, nullptr, file.result, file.last_whole});
    }
    const auto unread =
        parse_below_defaults(files, defaults_, [&](std::size_t i, const DefaultsPtr& defaults) {
            return parse(std::string(files[i].path), *updates[i], defaults);
        });
    counts_.parses = parses_;
    for (const std::size_t i : unread) reread_.emplace(files[i].path);
    if (!unread.empty()) return false;
    for (std::size_t i = 0; i < updates.size(); ++i) {
        updates[i]->result = std::move(files[i].result);
        updates[i]->bytes = {};
    }
    return true;
}

/// Each for itself: none of them declares defaults.
void DirectoryReader::parse_hinted() {
    for (auto& [path, update] : updates_) {
        if (update.seen_in == look_.number && update.parse)
            update.result = parse(path, update, defaults_.in_force(path));
    }
    counts_.parses = parses_;
}

Result<SnapshotPtr> DirectoryReader::commit(const std::vector<std::string>& removed, bool whole) {
    bool changed = !snapshot_;
    for (auto& [path, update] : updates_) {
        if (update.seen_in != look_.number) continue;
        File& file = files_[path];
        file.stamp = update.stamp;
        file.racy = update.racy;
        file.seen_in = look_.number;
        if (file.result == update.result) continue;
        changed = true;
        file.result = std::move(update.result);
        if (file.result->invalid == 0) {
            if (!file.result->blank) file.last_whole = file.result;
        } else if (file.last_whole) {
            file.result = protecting(file.result, *file.last_whole);
        }
    }
    for (const auto& path : removed) changed = files_.erase(path) > 0 || changed;
    if (whole) {
        changed = std::erase_if(
                      files_, [&](const auto& entry) { return entry.second.seen_in != look_.number; }
                  ) > 0 ||
                  changed;
    }
    updates_.clear();
    if (changed) {
        std::vector<Parsed> results;
        results.reserve(files_.size());
        for (const auto& [path, file] : files_) results.push_back(file.result);
        snapshot_ = std::make_shared<const ManifestSnapshot>(assemble(std::move(results), source_));
    }
    return snapshot_;
}

Result<SnapshotPtr> load_manifests(
    const std::vector<std::string>& paths, const ManifestContext& context, const std::string& source,
    const DirectoryOptions& options
) {
    DirectoryReader reader(source, paths, context, options);
    const std::atomic<bool> never{false};
    return reader.read_all(never);
}

}  // namespace fairway
