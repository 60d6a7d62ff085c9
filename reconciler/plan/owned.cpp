// Ours, and wanted: what is wanted against what is there.
#include "reconciler/plan/decide.hpp"

#include <algorithm>

#include "reconciler/model/mutant.hpp"
#include "reconciler/plan/explain.hpp"

namespace fairway {
namespace {

/// Whether a PUT made of this row would leave out a part that nobody has looked at: a server may take
/// away what a PUT does not mention.
bool would_forget(const ChannelSpec& wanted, const InstanceChannel& row) {
    const bool members = channel_type(row.spec) == ChannelType::builtin && !row.members_known;
    return (!wanted.vpc_health_config && !row.health_known) || (!wanted.members && members);
}

bool same_or_below(std::string_view path, std::string_view above) {
    return path.starts_with(above) && (path.size() == above.size() || path[above.size()] == '/');
}

Reason reason_of(const std::string& path, const std::vector<Difference>& since_applied) {
    const bool edited =
        std::any_of(since_applied.begin(), since_applied.end(), [&](const Difference& field) {
            return same_or_below(path, field.path) || same_or_below(field.path, path);
        });
    return edited ? Reason::manifest_changed : Reason::live_drifted;
}

/// Puts the instances that need the same body into one request, at most ten to each.
void add_put(std::vector<ChannelSpec>& puts, ChannelSpec body, const InstanceId& instance) {
    body.instance_ids.clear();
    for (ChannelSpec& put : puts) {
        if (put.instance_ids.size() >= instances_per_request) continue;
        std::vector<InstanceId> instances = std::exchange(put.instance_ids, {});
        const bool same = put == body;
        put.instance_ids = std::move(instances);
        if (same) {
            put.instance_ids.push_back(instance);
            return;
        }
    }
    body.instance_ids.push_back(instance);
    puts.push_back(std::move(body));
}

/// The difference in type, which no update can take away; null where there is none.
const Difference* changed_type(const std::vector<Difference>& fields) {
    for (const Difference& field : fields) {
        if (field.path == "/vpc_channel_type") return &field;
    }
    return nullptr;
}

/// Whether all that differs is members that are too many.
bool only_surplus_members(const std::vector<Difference>& fields) {
    return std::all_of(fields.begin(), fields.end(), [](const Difference& field) {
        return field.group == FieldGroup::members && field.after.empty() &&
               std::count(field.path.begin(), field.path.end(), '/') == 2;
    });
}

/// A change that we may not write, as an advice; empty where there is none.
std::string inexpressible(
    const ChannelSpec& wanted, const InstanceChannel& row, const std::vector<Difference>& fields
) {
    if (const Difference* type = changed_type(fields)) {
        return "the type of a channel never changes (" + type->before + " live, " + type->after +
               " wanted): restore the manifest, or let it be deleted and made anew: fairway apply "
               "--prune --allow-replace NAME";
    }
    if (channel_type(row.spec) == ChannelType::microservice && !wanted.microservice_info &&
        row.spec.microservice_info && row.spec.microservice_info->nacos_info) {
        return "an update must repeat the Nacos password, which the cloud masks: declare "
               "microservice_info with "
               "its secret in the manifest";
    }
    return {};
}

/// A row of ours that nobody wants any more, and that a look did not show: what only one look says is
/// not forgotten, or a list that is behind would leave the row to nobody.
std::optional<Action> surplus_not_yet_gone(const Situation& at) {
    const Record& record = *at.record;
    const bool missing = std::any_of(record.ids.begin(), record.ids.end(), [&](const auto& row) {
        return !wants(at.desired->spec, row.first) && row_on(at.seen, row.first) == nullptr;
    });
    if (!missing) return std::nullopt;
    return not_yet_gone(at, at.now - record.since);
}

/// The rows on wanted instances whose ids we do not know, though the channel is ours.
std::vector<const InstanceChannel*> unknown_rows(const Situation& at) {
    std::vector<const InstanceChannel*> rows;
    for (const InstanceChannel& row : at.seen.rows) {
        const auto ours = at.record->ids.find(row.instance);
        const bool told =
            ours != at.record->ids.end() && (ours->second.empty() || ours->second == row.id);
        if (!told && wants(at.desired->spec, row.instance)) rows.push_back(&row);
    }
    return rows;
}

/// Not ours, on an instance that the manifest names: a person decides, unless one did already.
Decision meet_stranger(const Situation& at, const InstanceChannel& row) {
    const Manifest& manifest = *at.desired;
    const std::string where = row.instance + " (id " + row.id + ")";
    const std::string by_hand = "fairway adopt " + manifest.key.name;
    if (const auto had = at.record->ids.find(row.instance); had != at.record->ids.end()) {
        return {
            Stall{
                "the channel on " + row.instance + " has id " + row.id + " where ours had " +
                    had->second +
                    ": somebody deleted it and made another; to take that one over: " + by_hand,
                true},
            {}};
    }
    const std::string there = "a channel of this name that is not ours exists on " + where;
    if (manifest.lifecycle.adopt == AdoptPolicy::never) {
        return {
            Stall{
                there + "; to take it over: " + by_hand +
                    ", or set lifecycle.adopt: if-equal where it is as declared; or else make room by "
                    "removing it there",
                true},
            {}};
    }
    const std::string look = "; to see what would be overwritten and take it over: " + by_hand;
    if (manifest.lifecycle.adopt == AdoptPolicy::overwrite) return {Stall{there + look, true}, {}};
    if (needs_show(manifest.spec, row)) return {Show{{{row.instance, row.id}}}, {}};
    Decision decision;
    for (Difference& field : differences(manifest.spec, row, Ignored(manifest.lifecycle.ignore)))
        decision.changes.push_back({row.instance, std::move(field), Reason::first_time});
    if (!decision.changes.empty()) {
        decision.action = Stall{
            there + " and differs at " + decision.changes.front().field.path + "; it was not adopted" +
                look,
            true};
        return decision;
    }
    Adopt adopt{at.record->ids, at.record->applied.value_or(manifest.spec), Origin::adopted};
    adopt.ids[row.instance] = row.id;
    decision.action = std::move(adopt);
    return decision;
}

/// Whether an update that we sent may still make a channel that is not as wanted by now: once the intent
/// of another one has taken its place, nothing would explain that channel.
bool may_yet_make_another(const Situation& at, const Ignored& ignored) {
    const Record& record = *at.record;
    if (record.phase != Phase::updating || !record.pending) return false;
    const auto& claimed = record.pending->instance_ids;
    const bool open = std::any_of(claimed.begin(), claimed.end(), [&](const InstanceId& instance) {
        return row_on(at.seen, instance) == nullptr;
    });
    return open && !edits(at.desired->spec, *record.pending, ignored).empty();
}

/// Whether a delete whose end we did not hear may still take a row of ours, or one that is about to be
/// `written`. Also a row that is not wanted: once it is ready again, nobody counts that it went.
bool may_yet_be_deleted(const Situation& at, bool written) {
    const Record& record = *at.record;
    if (record.phase != Phase::deleting) return false;
    if (written || !record.pending) return written;
    const auto& going = record.pending->instance_ids;
    return std::any_of(going.begin(), going.end(), [&](const InstanceId& instance) {
        return record.ids.contains(instance);
    });
}

}  // namespace

Decision compare_owned(const Situation& at) {
    const ChannelSpec& wanted = at.desired->spec;
    const Record& record = *at.record;
    const Ignored ignored(at.desired->lifecycle.ignore);
    Record explained = record;
    for (const InstanceChannel* row : unknown_rows(at)) {
        if (may_be_made(record, row->instance) && needs_show(*record.pending, *row))
            return {Show{{{row->instance, row->id}}}, {}};
        if (!explained_by_update(record, *row, ignored) && !mutant(Mutant::conflict_ignored))
            return meet_stranger(at, *row);
        explained.ids[row->instance] = row->id;
    }
    const bool claims = explained.ids != record.ids;
    for (const InstanceChannel& row : at.seen.rows) {
        const auto ours = explained.ids.find(row.instance);
        const bool untold = ours != explained.ids.end() && ours->second.empty();  // by the answer
        if (untold && wants(wanted, row.instance)) ours->second = row.id;
    }
    if (explained.ids != record.ids) {
        Situation noted = at;
        noted.record = &explained;
        Decision decision = compare_owned(noted);
        // An adoption notes by itself what the answer did not tell.
        if (claims || !std::holds_alternative<Adopt>(decision.action))
            decision.noted = std::move(explained);
        return decision;
    }
    if (auto noted = note_unwanted(at, at.now - record.since, &wanted)) return *std::move(noted);
    Decision decision;
    if (Show show = rows_to_show(wanted, at.seen); !show.rows.empty()) {
        decision.action = std::move(show);
        return decision;
    }
    std::vector<const InstanceChannel*> surplus_rows;
    for (const InstanceChannel& row : at.seen.rows) {
        if (wants(wanted, row.instance) || !is_ours(record, row)) continue;
        surplus_rows.push_back(&row);
        decision.changes.push_back(
            {row.instance,
             {"/instance_ids", row.instance, "", FieldGroup::instances},
             Reason::manifest_changed}
        );
    }
    if (!surplus_rows.empty()) decision.surplus = delete_of(Delete::Cause::shrunk, record, surplus_rows);

    std::vector<Difference> since_applied, hidden;
    if (record.applied) {
        since_applied = edits(wanted, *record.applied, ignored);
        hidden = hidden_differences(wanted, *record.applied, ignored);
        since_applied.insert(since_applied.end(), hidden.begin(), hidden.end());
    }
    if (record.phase == Phase::updating && record.pending) {  // what is live may be our own by now
        const std::vector<Difference> since_sent = edits(wanted, *record.pending, ignored);
        since_applied.insert(since_applied.end(), since_sent.begin(), since_sent.end());
    }
    const bool warn = at.desired->lifecycle.drift == DriftPolicy::warn;
    Update update;
    PutMembers put_members;
    Show to_keep;
    bool replace = false;
    for (const InstanceId& instance : wanted.instance_ids) {
        const InstanceChannel* row = row_on(at.seen, instance);
        if (row == nullptr) {
            const bool had = record.applied && wants(*record.applied, instance);
            decision.changes.push_back(
                {instance,
                 {"/instance_ids", "", instance, FieldGroup::instances},
                 had ? Reason::live_drifted : Reason::manifest_changed}
            );
            decision.drifted = decision.drifted || had;
            if (had && warn) continue;
            add_put(update.puts, wanted, instance);
            update.recreated.push_back(instance);
            continue;
        }
        std::vector<Difference> fields = differences(wanted, *row, ignored);
        fields.insert(fields.end(), hidden.begin(), hidden.end());
        replace = replace || (changed_type(fields) != nullptr && at.may_replace);
        if (std::string why = inexpressible(wanted, *row, fields);
            !fields.empty() && !why.empty() && !replace) {
            decision.action = Stall{std::move(why), false};
        }
        // What drifted and stays so: the update sends it as it is live, also amid its lists of groups
        // and members. But a group that is missing comes back where the manifest has members in it.
        Ignored left = ignored;
        std::vector<Difference> to_write;
        for (Difference& field : fields) {
            const bool typed = field.path == "/vpc_channel_type";  // nobody can change it in the cloud
            const Reason reason = record.applied && !typed ? reason_of(field.path, since_applied)
                                                           : Reason::manifest_changed;
            decision.drifted = decision.drifted || reason == Reason::live_drifted;
            if (reason == Reason::live_drifted && warn) {
                left.add(field.path);
            } else {
                to_write.push_back(field);
            }
            decision.changes.push_back({instance, std::move(field), reason});
        }
        if (to_write.empty()) continue;
        // The PUT of a channel keeps the members of an empty list, and on some versions those that it
        // does not mention.
        const bool emptied = wanted.members && wanted.members->empty();
        const bool surplus =
            only_surplus_members(to_write) && (emptied || record.phase == Phase::updating);
        ChannelSpec body =
            mutant(Mutant::unmanaged_dropped) ? wanted : with_live_values(wanted, *row, left);
        if (surplus) {
            put_members.rows.emplace_back(row->instance, row->id);
            put_members.spec = std::move(body);
        } else {
            if (would_forget(wanted, *row)) to_keep.rows.emplace_back(row->instance, row->id);
            add_put(update.puts, std::move(body), instance);
        }
    }
    if (replace) {
        std::vector<const InstanceChannel*> rows;
        for (const InstanceChannel& row : at.seen.rows) {
            if (is_ours(record, row)) rows.push_back(&row);
        }
        if (!rows.empty()) {
            decision.action = delete_of(Delete::Cause::replaced, record, rows);
            return decision;
        }
    }
    if (std::holds_alternative<Stall>(decision.action)) return decision;
    const Duration elapsed = at.now - record.since;
    if (!update.puts.empty() && elapsed < hidden_for(at) && may_yet_make_another(at, ignored)) {
        decision.action = Wait{hidden_for(at) - elapsed, "the outcome of an update is not known yet"};
        return decision;
    }
    if (elapsed < at.settle && may_yet_be_deleted(at, !update.puts.empty())) {
        // A delete that is still on its way must not take what is written now.
        decision.action = Wait{at.settle - elapsed, "the outcome of a delete is not known yet"};
        return decision;
    }
    if (!update.puts.empty() || !put_members.rows.empty()) {
        for (FieldChange& change : decision.changes) {
            if (warn && change.reason == Reason::live_drifted) change.reason = Reason::drift_left;
        }
        if (!to_keep.rows.empty()) {
            decision.action = std::move(to_keep);
        } else if (update.puts.empty()) {
            decision.action = std::move(put_members);
        } else {
            decision.action = std::move(update);
        }
        return decision;
    }

    if (const auto wait = surplus_not_yet_gone(at)) {
        decision.action = *wait;
        return decision;
    }
    Record settled = record;
    settled.phase = Phase::ready;
    settled.empty_looks = 0;
    settled.deletion = at.desired->lifecycle.deletion;
    settled.applied = wanted;
    if (record.applied) keep_password_print(*settled.applied, *record.applied);
    std::erase_if(settled.ids, [&](const auto& entry) {
        // What drift: warn leaves missing keeps its id.
        return row_on(at.seen, entry.first) == nullptr && !(warn && wants(wanted, entry.first));
    });
    for (const InstanceChannel& row : at.seen.rows) {
        // Others than the wanted ones are kept until they are deleted.
        if (wants(wanted, row.instance)) settled.ids[row.instance] = row.id;
    }
    const bool noted = record.phase == Phase::ready && record.empty_looks == 0 &&
                       record.ids == settled.ids && record.applied == settled.applied &&
                       record.deletion == settled.deletion;
    if (decision.drifted) {
        decision.action =
            Leave{Leave::Kind::drift, "the live channel drifted; lifecycle.drift: warn leaves it so"};
        if (decision.surplus) decision.action = *decision.surplus;
        if (noted) return decision;
        settled.since = at.now;
        settled.intent_at.reset();
        settled.pending.reset();
        settled.why.clear();
        decision.noted = std::move(settled);
    } else if (!noted) {
        const bool news = record.phase == Phase::conflict;
        decision.action =
            Adopt{std::move(settled.ids), *std::move(settled.applied), record.origin, news};
    } else if (decision.surplus) {
        decision.action = *decision.surplus;
    }
    return decision;
}

}  // namespace fairway
