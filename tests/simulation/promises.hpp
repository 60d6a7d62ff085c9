#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/store.hpp"

namespace fairway::sim {

/// What a store that was opened again holds.
struct Held {
    std::map<ChannelKey, Record> rows;
    std::vector<Directive> directives;
    std::vector<HistoryEntry> history;
};

/// What the real store has promised, and what it was asked and has not answered. `disk` has the former:
/// after a restart the store must hold that, or what it was asked after it.
class Promises {
public:
    Promises(Stage& stage, Disk& disk) : stage_(stage), disk_(disk) {}

    using Row = std::optional<Record>;  ///< nothing: no row
    void asked(const ChannelKey& key, const Row& row) { asked_[key].push_back(row); }
    void confirmed(const ChannelKey& key, const Row& row);
    /// It says that it was not done.
    void refused(const ChannelKey& key, const Row& row);

    void asked(const Directive& directive) { open_directives_.insert(name_of(directive)); }
    void confirmed(const Directive& directive, bool there);

    void asked(const HistoryEntry& entry) { asked_notes_.insert(text_of(entry)); }
    void confirmed(const HistoryEntry& entry) { disk_.unsynced.push_back(entry); }

    /// `kept`: nothing went wrong meanwhile.
    void rescued(const ChannelKey& key, const Record& created, bool kept);

    /// What was not synced may be gone.
    void power_cut() { power_lost_ = true; }
    /// The store is open again and holds this. From now on this is what it has promised.
    void compare(Held held);

private:
    struct Rescue {
        ChannelKey key;
        Record created;
        bool kept;
    };
    static std::string name_of(const Directive& directive);
    static std::string text_of(const HistoryEntry& entry);
    bool may_be(const ChannelKey& key, const Row& row) const;
    void compare_rows(const std::map<ChannelKey, Record>& rows);
    void compare_rescued(const std::map<ChannelKey, Record>& rows);
    void compare_directives(const std::vector<Directive>& directives);
    void compare_history(std::vector<HistoryEntry> history);

    Stage& stage_;
    Disk& disk_;
    std::map<ChannelKey, std::vector<Row>> asked_;
    std::set<std::string> open_directives_;
    std::multiset<std::string> asked_notes_;
    std::vector<Rescue> rescued_;
    bool power_lost_ = false;
};

}  // namespace fairway::sim
