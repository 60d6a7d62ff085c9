#include "manifests/defaults_tree.hpp"

#include <utility>

#include "manifests/file_results.hpp"

namespace fairway {
namespace {

/// A file that held defaults and cannot be believed now.
bool lost_defaults(const FileManifests& now, const FileManifests* before) {
    if (before == nullptr || before->defaults.empty() || !now.defaults.empty()) return false;
    return now.blank || now.invalid > 0;
}

bool same(const DefaultsPtr& a, const DefaultsPtr& b) {
    return a == b || (a && b && a->print == b->print);
}

}  // namespace

void DefaultsTree::add(
    std::string_view path, const FileManifests& file, const FileManifests* last_whole
) {
    const bool lost = lost_defaults(file, last_whole);
    if (file.defaults.empty() && !lost) return;
    auto& here = declared_[std::string(directory_of(path))];
    here.insert(here.end(), file.defaults.begin(), file.defaults.end());
    if (!lost) return;
    auto unknown = std::make_shared<ChannelDefaults>();
    unknown->place.file = file.file;
    here.push_back(std::move(unknown));
}

DefaultsPtr DefaultsTree::in_force(std::string_view path) {
    if (declared_.empty()) return nullptr;
    return in_directory(directory_of(path));
}

const DefaultsPtr& DefaultsTree::in_directory(std::string_view directory) {
    const auto known = known_.find(directory);
    if (known != known_.end()) return known->second;
    DefaultsPtr found;
    if (const auto above = directory_of(directory); above != directory) found = in_directory(above);
    const auto here = declared_.find(directory);
    if (here != declared_.end()) found = put_in_force(here->second, found);
    return known_.emplace(directory, std::move(found)).first->second;
}

std::vector<std::size_t> parse_below_defaults(
    std::vector<FileInLook>& files, DefaultsTree& tree,
    const std::function<std::shared_ptr<const FileManifests>(std::size_t, const DefaultsPtr&)>& parse
) {
    for (std::size_t i = 0; i < files.size(); ++i) {
        FileInLook& file = files[i];  // what the guess misses is parsed twice
        if (!file.result && seems_to_declare_defaults(*file.bytes)) file.result = parse(i, nullptr);
    }
    // What a file declares as defaults does not depend on others: two rounds at most change the tree.
    for (;;) {
        DefaultsTree next;
        for (const FileInLook& file : files) {
            if (file.result) next.add(file.path, *file.result, file.last_whole.get());
        }
        std::vector<std::pair<std::size_t, DefaultsPtr>> work;
        std::vector<std::size_t> unread;
        for (std::size_t i = 0; i < files.size(); ++i) {
            const FileInLook& file = files[i];
            DefaultsPtr holds = next.in_force(file.path);
            if (file.result && (!file.result->parsed || same(file.result->in_force, holds))) continue;
            if (file.bytes == nullptr) unread.push_back(i);
            work.emplace_back(i, std::move(holds));
        }
        if (!unread.empty()) return unread;
        tree = std::move(next);
        if (work.empty()) return {};
        parse_each(work.size(), [&](std::size_t i) {
            files[work[i].first].result = parse(work[i].first, work[i].second);
        });
    }
}

bool seems_to_declare_defaults(std::string_view bytes) {
    return bytes.find("ChannelDefaults") != std::string_view::npos;
}

bool declares_defaults(const FileManifests& file) {
    return !file.defaults.empty();
}

}  // namespace fairway
