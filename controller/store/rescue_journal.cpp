#include "controller/store/rescue_journal.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "controller/codec/channel_json.hpp"

namespace fairway {
namespace {

// Neither names nor ids have tabs or line ends: the manifests' rules and JSON see to that.
constexpr char between = '\t';

std::string line_of(const RescueJournal::Entry& entry) {
    return entry.lineage + between + entry.key.project + between + entry.key.name + between +
           std::to_string(entry.intent_at.time_since_epoch().count()) + between +
           ids_to_json(entry.ids) + '\n';
}

std::string_view take_part(std::string_view& rest) {
    const auto end = std::min(rest.find(between), rest.size());
    const std::string_view part = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return part;
}

std::optional<RescueJournal::Entry> parse(std::string_view line) {
    RescueJournal::Entry entry;
    entry.lineage = take_part(line);
    entry.key.project = take_part(line);
    entry.key.name = take_part(line);
    const std::string_view time = take_part(line);
    Duration::rep since = 0;
    const auto [end, failure] = std::from_chars(time.data(), time.data() + time.size(), since);
    auto ids = ids_from_json(line);
    if (failure != std::errc() || end != time.data() + time.size() || !ids) return std::nullopt;
    entry.intent_at = WallTime(Duration(since));
    entry.ids = *std::move(ids);
    return entry;
}

}  // namespace

void RescueJournal::note(const Entry& entry) const {
    const int file = open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return;
    const std::string line = line_of(entry);
    if (write(file, line.data(), line.size()) == static_cast<ssize_t>(line.size())) fsync(file);
    close(file);
}

std::vector<RescueJournal::Entry> RescueJournal::read() const {
    std::vector<Entry> entries;
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line) && !file.eof();) {
        if (auto entry = parse(line)) entries.push_back(*std::move(entry));
    }
    return entries;
}

void RescueJournal::remove() const {
    std::error_code gone_already;
    std::filesystem::remove(path_, gone_already);
}

}  // namespace fairway
