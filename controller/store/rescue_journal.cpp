#include "controller/store/rescue_journal.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string_view>

#include "controller/codec/channel_json.hpp"
#include "reconciler/model/mutant.hpp"

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

Result<> RescueJournal::note(const Entry& entry) const {
    const auto failed = [&](const char* what) {
        return Error(
            ErrorClass::terminal, ErrorReason::internal, "the file " + path_ + " cannot be " + what
        );
    };
    const auto file = host_.open(path_, StoreHost::Use::make);
    if (!file) return file.error();
    // What a full disk, or the end of a process, cut off before it is a line of its own.
    if (!(*file)->append('\n' + line_of(entry))) return failed("written");
    if (!mutant(Mutant::rescue_not_synced) && !(*file)->sync()) return failed("synced to the disk");
    if (!mutant(Mutant::rescue_not_named) && !host_.sync_names(path_))
        return failed("kept: its directory cannot be synced to the disk");
    return {};
}

Result<std::vector<RescueJournal::Entry>> RescueJournal::read() const {
    std::vector<Entry> entries;
    const auto file = host_.open(path_, StoreHost::Use::look);
    if (!file && file.error().cls() == ErrorClass::not_found) return entries;
    if (!file) return file.error();
    const auto text = (*file)->read(std::numeric_limits<std::size_t>::max());
    if (!text) {
        return Error(
            ErrorClass::terminal, ErrorReason::internal,
            "the file " + path_ +
                " cannot be read: the disk reports an error; without it, what it tells of is looked for "
                "in the cloud"
        );
    }
    std::string_view rest = *text;
    for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
        if (auto entry = parse(rest.substr(0, end))) entries.push_back(*std::move(entry));
        rest.remove_prefix(end + 1);
    }
    return entries;
}

void RescueJournal::remove() const {
    host_.remove(path_);
}

}  // namespace fairway
