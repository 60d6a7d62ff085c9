#include "reconciler/plan/take_over.hpp"

#include <algorithm>
#include <map>

namespace fairway {
namespace {

bool wants(const Manifest& manifest, const InstanceId& instance) {
    const std::vector<InstanceId>& wanted = manifest.spec.instance_ids;
    return std::find(wanted.begin(), wanted.end(), instance) != wanted.end();
}

bool is_ours(const Record* record, const InstanceChannel& row) {
    if (record == nullptr) return false;
    const auto ours = record->ids.find(row.instance);
    return ours != record->ids.end() && ours->second == row.id;
}

TakeOver refused(std::string why) {
    TakeOver answer;
    answer.answer = TakeOver::Answer::refused;
    answer.why = std::move(why);
    return answer;
}

/// What we are amid, and a person must not cut short; empty where nothing is.
std::string under_way(const Record* record) {
    if (record == nullptr) return {};
    switch (record->phase) {
        case Phase::intent:
        case Phase::ambiguous:
        case Phase::created:
            return "a create of ours is not settled yet; let it be, with: fairway apply";
        case Phase::deleting:
            return "a delete of ours is under way; let it end, with: fairway apply";
        default:
            return {};
    }
}

std::string doubled(const ObservedChannel& seen) {
    std::map<InstanceId, std::string> met;
    for (const InstanceChannel& row : seen.rows) {
        const auto [other, first] = met.emplace(row.instance, row.id);
        if (first) continue;
        return "two channels of this name exist on " + row.instance + " (ids " + other->second +
               " and " + row.id + "); remove the wrong one by hand";
    }
    return {};
}

}  // namespace

TakeOver take_over(
    const Manifest& manifest, const Record* record, const ObservedChannel& seen, WallTime now,
    Duration settle
) {
    if (seen.rows.empty()) return {};
    if (std::string why = doubled(seen); !why.empty()) return refused(std::move(why));
    if (std::string why = under_way(record); !why.empty()) return refused(std::move(why));
    TakeOver answer;
    bool foreign = record != nullptr && record->phase == Phase::conflict;
    for (const InstanceChannel& row : seen.rows) {
        if (!wants(manifest, row.instance)) {
            if (!is_ours(record, row)) answer.left.push_back(&row);
            continue;
        }
        if (!is_ours(record, row)) foreign = true;
        answer.taken.push_back(&row);
    }
    if (answer.taken.empty()) {
        return refused(
            "it is on " + seen.rows.front().instance +
            ", which the manifest does not name; to take it over, name it under spec.instance_ids"
        );
    }
    if (!foreign) {
        answer.answer = TakeOver::Answer::ours;
        return answer;
    }

    answer.answer = TakeOver::Answer::possible;
    Record& row = answer.record;
    if (record != nullptr) row = *record;
    row.phase = Phase::ready;
    row.origin = Origin::adopted;  // also where a part was created by us: the careful side
    row.since = now;
    row.empty_looks = 0;
    row.intent_at.reset();
    row.applied.reset();
    row.pending.reset();
    row.why.clear();
    row.deletion = manifest.lifecycle.deletion;
    std::erase_if(row.ids, [&](const auto& entry) { return wants(manifest, entry.first); });
    for (const InstanceChannel* taken : answer.taken) row.ids[taken->instance] = taken->id;

    Manifest awake = manifest;
    awake.lifecycle.suspend.reset();
    answer.next = next_action(Situation{&awake, &row, seen, now, settle});
    if (const auto* equal = std::get_if<Adopt>(&answer.next.action)) {
        row.ids = equal->ids;
        row.applied = equal->applied;
    }
    return answer;
}

}  // namespace fairway
