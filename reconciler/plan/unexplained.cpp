// Rows of a name that is not ours, or not yet.
#include "reconciler/plan/decide.hpp"

#include <algorithm>

#include "reconciler/model/mutant.hpp"
#include "reconciler/plan/explain.hpp"

namespace fairway {

Decision meet_foreign(const Situation& at) {
    const Manifest& manifest = *at.desired;
    const std::string where = places(at.seen);
    if (mutant(Mutant::foreign_adopted))
        return {Adopt{ids_of(at.seen), on_instances_of(manifest.spec, at.seen)}, {}};
    if (manifest.lifecycle.adopt == AdoptPolicy::never) {
        return {
            Stall{
                "a channel of this name that is not ours exists on " + where +
                    "; to take it over when it is equal, set lifecycle.adopt: if-equal",
                true},
            {}};
    }
    if (manifest.lifecycle.adopt == AdoptPolicy::overwrite) {
        return {
            Stall{
                "a channel of this name that is not ours exists on " + where +
                    "; to see what would be overwritten and take it over: fairway adopt " +
                    at.desired->key.name,
                true},
            {}};
    }
    if (Show show = rows_to_show(manifest.spec, at.seen); !show.rows.empty())
        return {std::move(show), {}};
    const Ignored ignored(manifest.lifecycle.ignore);
    Decision decision;
    for (const InstanceChannel& row : at.seen.rows) {
        for (Difference& field : differences(manifest.spec, row, ignored)) {
            decision.changes.push_back({row.instance, std::move(field), Reason::first_time});
        }
    }
    if (!decision.changes.empty()) {
        decision.action = Stall{
            "a channel of this name that is not ours exists on " + where + " and differs at " +
                decision.changes.front().field.path + "; it was not adopted",
            true};
        return decision;
    }
    decision.action = Adopt{ids_of(at.seen), on_instances_of(manifest.spec, at.seen), Origin::adopted};
    return decision;
}

Decision explain_rows(const Situation& at) {
    const Record& record = *at.record;
    const ChannelSpec& sent = *record.pending;
    const Duration elapsed = at.now - record.since;
    if (at.seen.rows.size() < sent.instance_ids.size() && elapsed < hidden_for(at)) {
        return {
            Wait{hidden_for(at) - elapsed, "the create may still be under way on some instances"}, {}};
    }
    if (Show show = rows_to_show(sent, at.seen); !show.rows.empty()) return {std::move(show), {}};
    Decision decision;
    for (const InstanceChannel& row : at.seen.rows) {
        if (!wants(sent, row.instance)) {
            decision.action = Stall{
                "a channel of this name that our create did not ask for exists on " + row.instance +
                    " (id " + row.id + ")",
                true};
            return decision;
        }
        const std::vector<Difference> fields = differences(sent, row);
        if (!fields.empty()) {
            decision.action = Stall{
                "the channel on " + row.instance + " (id " + row.id + ") differs at " +
                    fields.front().path +
                    " from what our create sent, so it is not ours; remove or rename one of them",
                true};
            return decision;
        }
        if (older_than_intent(record, row)) {
            decision.action = Stall{
                "the channel on " + row.instance + " (id " + row.id +
                    ") is equal but older than our create; to take it over, set "
                    "lifecycle.adopt: if-equal",
                true};
            if (at.desired != nullptr && at.desired->lifecycle.adopt == AdoptPolicy::if_equal) {
                decision.action =
                    Adopt{ids_of(at.seen), on_instances_of(sent, at.seen), Origin::adopted};
            }
            return decision;
        }
    }
    decision.action = Adopt{ids_of(at.seen), on_instances_of(sent, at.seen), Origin::created};
    return decision;
}

Decision read_back(const Situation& at) {
    const Record& record = *at.record;
    for (const InstanceChannel& row : at.seen.rows) {
        const auto told = record.ids.find(row.instance);
        const bool other = told != record.ids.end() && !told->second.empty() && told->second != row.id;
        if (!other && wants(*record.pending, row.instance)) continue;
        return {
            Stall{
                "a channel of this name that our create did not make exists on " + row.instance +
                    " (id " + row.id + ")",
                true},
            {}};
    }
    // What the answer told is ours, also where the list does not show it yet.
    std::map<InstanceId, std::string> ids = ids_of(at.seen);
    const Duration elapsed = at.now - record.since;
    for (const InstanceId& instance : record.pending->instance_ids) {
        if (ids.contains(instance)) continue;
        const auto told = record.ids.find(instance);
        if (told != record.ids.end() && !told->second.empty()) {
            ids.insert(*told);
        } else if (elapsed < hidden_for(at) && (at.desired == nullptr || !wants(at.desired->spec, instance))) {
            // An update would find it; where none comes, only a look can tell its id.
            return {Wait{hidden_for(at) - elapsed, "not all that was created is in the list yet"}, {}};
        }
    }
    return {Adopt{std::move(ids), on_instances_of(*record.pending, at.seen), Origin::created}, {}};
}

}  // namespace fairway
