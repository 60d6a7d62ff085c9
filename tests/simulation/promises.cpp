#include "tests/simulation/promises.hpp"

#include <algorithm>

namespace fairway::sim {
namespace {

/// Whether both say the same, whatever number the store gave them.
bool same(const Record& a, const Record& b) {
    return a.phase == b.phase && a.origin == b.origin && a.since == b.since &&
           a.empty_looks == b.empty_looks && a.intent_at == b.intent_at && a.applied == b.applied &&
           a.pending == b.pending && a.ids == b.ids && a.why == b.why && a.deletion == b.deletion;
}

bool same(const std::optional<Record>& a, const std::optional<Record>& b) {
    return a && b ? same(*a, *b) : a.has_value() == b.has_value();
}

bool is_open(const Record& record) {
    return record.phase == Phase::intent || record.phase == Phase::ambiguous;
}

}  // namespace

void Promises::confirmed(const ChannelKey& key, const Row& row) {
    auto& asked = asked_[key];
    const auto it =
        std::find_if(asked.begin(), asked.end(), [&](const Row& one) { return same(one, row); });
    if (it != asked.end()) asked.erase(asked.begin(), it + 1);
    const auto before = disk_.rows.find(key);
    if (row) {
        if (disk_.on_save) disk_.on_save(key, *row);
        disk_.rows[key] = *row;
        disk_.revision = std::max(disk_.revision, row->revision);
    } else if (before != disk_.rows.end()) {
        if (disk_.on_forget) disk_.on_forget(before->second);
        disk_.rows.erase(before);
    }
    disk_.sync();
}

void Promises::refused(const ChannelKey& key, const Row& row) {
    auto& asked = asked_[key];
    const auto it =
        std::find_if(asked.begin(), asked.end(), [&](const Row& one) { return same(one, row); });
    if (it != asked.end()) asked.erase(it);
}

std::string Promises::name_of(const Directive& directive) {
    return std::to_string(static_cast<int>(directive.kind)) + " " + directive.project + " " +
           directive.subject;
}

std::string Promises::text_of(const HistoryEntry& entry) {
    return std::to_string(entry.at.time_since_epoch().count()) + " " + entry.key.name + " " +
           entry.action + " " + entry.result + " " + entry.detail;
}

void Promises::confirmed(const Directive& directive, bool there) {
    open_directives_.erase(name_of(directive));
    const std::size_t before = std::erase_if(disk_.directives, [&](const Directive& one) {
        return name_of(one) == name_of(directive);
    });
    if (there) {
        disk_.directives.push_back(directive);
    } else if (before > 0) {
        stage_.note("approval used", directive.subject);
        disk_.used.push_back(directive.subject);
        ++disk_.uses;
    }
    disk_.sync();
}

void Promises::rescued(const ChannelKey& key, const Record& created, bool kept) {
    stage_.note("rescued", key.name, kept ? "" : "maybe");
    rescued_.push_back({key, created, kept});
}

bool Promises::may_be(const ChannelKey& key, const Row& row) const {
    const auto known = disk_.rows.find(key);
    const Row promised = known == disk_.rows.end() ? Row() : Row(known->second);
    const auto with_rescued_ids = [&](const Row& before) {
        if (!before || !row || !is_open(*before)) return false;
        return std::any_of(rescued_.begin(), rescued_.end(), [&](const Rescue& one) {
            Record after = *before;
            after.phase = Phase::created;
            after.ids = one.created.ids;
            return one.key == key && one.created.intent_at == before->intent_at && same(after, *row);
        });
    };
    if (same(promised, row) && (!row || row->revision == promised->revision)) return true;
    if (with_rescued_ids(promised)) return true;
    const auto asked = asked_.find(key);
    if (asked == asked_.end()) return false;
    return std::any_of(asked->second.begin(), asked->second.end(), [&](const Row& one) {
        return same(one, row) || with_rescued_ids(one);
    });
}

void Promises::compare_rows(const std::map<ChannelKey, Record>& rows) {
    std::set<ChannelKey> keys;
    for (const auto& [key, record] : disk_.rows) keys.insert(key);
    for (const auto& [key, record] : rows) keys.insert(key);
    for (const ChannelKey& key : keys) {
        const auto held = rows.find(key);
        const Row row = held == rows.end() ? Row() : Row(held->second);
        if (may_be(key, row)) continue;
        const auto known = disk_.rows.find(key);
        const auto told = [](const Record* record) {
            return record == nullptr ? std::string("no row")
                                     : std::string(to_string(record->phase)) + " of revision " +
                                           std::to_string(record->revision);
        };
        stage_.broken(
            "I18", "the store holds " + told(row ? &*row : nullptr) + " for " + key.name +
                       ", and had confirmed " +
                       told(known == disk_.rows.end() ? nullptr : &known->second)
        );
    }
}

void Promises::compare_rescued(const std::map<ChannelKey, Record>& rows) {
    for (const Rescue& one : rescued_) {
        const auto row = rows.find(one.key);
        if (!one.kept || row == rows.end() || !is_open(row->second)) continue;
        if (row->second.intent_at != one.created.intent_at) continue;
        stage_.broken("I2", "the ids of " + one.key.name + " were rescued, and are not in the store");
    }
}

void Promises::compare_directives(const std::vector<Directive>& directives) {
    std::set<std::string> held, promised;
    for (const Directive& one : directives) held.insert(name_of(one));
    for (const Directive& one : disk_.directives) {
        promised.insert(name_of(one));
        if (held.contains(name_of(one)) || !open_directives_.contains(name_of(one))) continue;
        disk_.used.push_back(one.subject);  // it was taken back, and nobody heard of it
        ++disk_.uses;
    }
    for (const auto& [some, other] : {std::pair(&held, &promised), std::pair(&promised, &held)}) {
        for (const std::string& name : *some) {
            if (!other->contains(name) && !open_directives_.contains(name))
                stage_.broken("I18", "what a person told is not as the store confirmed: " + name);
        }
    }
}

void Promises::compare_history(std::vector<HistoryEntry> history) {
    std::multiset<std::string> held, unasked;
    for (const HistoryEntry& entry : history) held.insert(text_of(entry));
    for (const std::string& text : held) {
        if (held.count(text) > asked_notes_.count(text)) unasked.insert(text);
    }
    if (!unasked.empty()) stage_.broken("I18", "nobody noted: " + *unasked.begin());
    std::multiset<std::string> synced;
    std::vector<HistoryEntry> promised = disk_.history;
    for (const HistoryEntry& entry : disk_.history) synced.insert(text_of(entry));
    if (!power_lost_) promised.insert(promised.end(), disk_.unsynced.begin(), disk_.unsynced.end());
    std::multiset<std::string> rest = held;
    for (const HistoryEntry& entry : promised) {
        const auto it = rest.find(text_of(entry));
        if (it == rest.end()) {
            stage_.broken("I18", "the history has lost: " + text_of(entry));
            break;
        }
        rest.erase(it);
    }
    disk_.history.clear();
    disk_.unsynced.clear();
    for (HistoryEntry& entry : history) {
        const auto it = synced.find(text_of(entry));
        const bool durable = power_lost_ || it != synced.end();
        if (it != synced.end()) synced.erase(it);
        (durable ? disk_.history : disk_.unsynced).push_back(std::move(entry));
    }
}

void Promises::compare(Held held) {
    compare_rows(held.rows);
    compare_rescued(held.rows);
    compare_directives(held.directives);
    compare_history(std::move(held.history));
    for (const auto& [key, record] : held.rows) {
        const auto known = disk_.rows.find(key);
        const bool news = known == disk_.rows.end() || known->second.revision != record.revision;
        if (news && disk_.on_save) disk_.on_save(key, record);
        disk_.revision = std::max(disk_.revision, record.revision);
    }
    for (const auto& [key, record] : disk_.rows) {
        if (!held.rows.contains(key) && disk_.on_forget) disk_.on_forget(record);
    }
    disk_.rows = std::move(held.rows);
    disk_.directives = std::move(held.directives);
    asked_.clear();
    open_directives_.clear();
    rescued_.clear();
    power_lost_ = false;
}

}  // namespace fairway::sim
