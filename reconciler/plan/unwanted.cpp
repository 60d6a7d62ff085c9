// Ours, and nobody wants it any more.
#include "reconciler/plan/decide.hpp"

#include <algorithm>

#include "reconciler/model/mutant.hpp"
#include "reconciler/plan/explain.hpp"

namespace fairway {

std::optional<Decision> note_unwanted(const Situation& at, Duration elapsed, const ChannelSpec* wanted) {
    if (at.record->phase != Phase::updating || !at.record->pending) return std::nullopt;
    const ChannelSpec& sent = *at.record->pending;
    Adopt adopt;
    adopt.ids = at.record->ids;
    adopt.applied = at.record->applied.value_or(sent);
    adopt.origin = at.record->origin;
    adopt.news = false;
    Show show;
    bool news = false;
    for (const InstanceId& instance : sent.instance_ids) {
        // An update that comes after the delete would make the row anew.
        const bool open = elapsed < hidden_for(at);
        if (open && (wanted == nullptr || !wants(*wanted, instance)))
            return Decision{
                Wait{hidden_for(at) - elapsed, "the outcome of an update is not known yet"}, {}};
        const InstanceChannel* row = row_on(at.seen, instance);
        if (row == nullptr || !may_be_made(*at.record, instance)) continue;
        const auto noted = at.record->ids.find(instance);  // perhaps of one that it took the place of
        if (noted != at.record->ids.end() && (noted->second.empty() || noted->second == row->id))
            continue;
        if (wanted != nullptr && wants(*wanted, instance)) {
            adopt.ids.insert_or_assign(instance, row->id);
            continue;
        }
        if (needs_show(sent, *row)) {
            show.rows.emplace_back(instance, row->id);
        } else if (differences(sent, *row).empty()) {
            adopt.ids.insert_or_assign(instance, row->id);
            news = true;
        }
    }
    if (!show.rows.empty()) return Decision{std::move(show), {}};
    if (!news) return std::nullopt;
    return Decision{std::move(adopt), {}};
}

Decision meet_unwanted(const Situation& at, Duration elapsed) {
    const Record& record = *at.record;
    const bool empty = at.seen.rows.empty();
    switch (record.phase) {
        case Phase::intent:
        case Phase::ambiguous:
            if (!empty) return explain_rows(at);
            if (auto wait = not_yet_certain(at, elapsed, "the outcome of the create is not known yet"))
                return *wait;
            return {Forget{Forget::Cause::vanished}, {}};
        case Phase::created:
            if (!empty) return read_back(at);
            if (auto wait = not_yet_certain(at, elapsed, "the created channel is not in the list yet"))
                return *wait;
            return {Forget{Forget::Cause::vanished}, {}};
        default:
            break;
    }
    if (auto noted = note_unwanted(at, elapsed, nullptr)) return *std::move(noted);
    const ObservedChannel ours = ours_of(at);
    if (ours.rows.empty()) {
        if (const auto wait = not_yet_gone(at, elapsed)) return {*wait, {}};
        const bool by_us = record.phase == Phase::deleting;
        return {Forget{by_us ? Forget::Cause::deleted : Forget::Cause::vanished}, {}};
    }
    if (record.deletion == DeletionPolicy::forbid && !mutant(Mutant::protection_ignored)) {
        return {
            Leave{
                Leave::Kind::unwanted,
                "the manifest is gone, and its lifecycle.deletion: forbid protects the channel", false,
                true},
            {}};
    }
    if (record.deletion == DeletionPolicy::orphan) return {Forget{Forget::Cause::orphaned}, {}};
    std::vector<const InstanceChannel*> rows;
    for (const InstanceChannel& row : ours.rows) rows.push_back(&row);
    return {delete_of(Delete::Cause::removed, record, rows), {}};
}

}  // namespace fairway
