#include "reconciler/plan/action.hpp"

#include <algorithm>
#include <set>

#include "reconciler/model/mutant.hpp"
#include "reconciler/plan/explain.hpp"

namespace fairway {
namespace {

/// The most instances that one project-level request may name (API: PROJECT_VPC_OPERATOR_NUM_LIMIT).
constexpr std::size_t instances_per_request = 10;

const InstanceChannel* row_on(const ObservedChannel& seen, const InstanceId& instance) {
    for (const InstanceChannel& row : seen.rows) {
        if (row.instance == instance) return &row;
    }
    return nullptr;
}

std::optional<InstanceId> doubled_instance(const ObservedChannel& seen) {
    std::set<InstanceId> met;
    for (const InstanceChannel& row : seen.rows) {
        if (!met.insert(row.instance).second) return row.instance;
    }
    return std::nullopt;
}

bool wants(const ChannelSpec& spec, const InstanceId& instance) {
    return std::find(spec.instance_ids.begin(), spec.instance_ids.end(), instance) !=
           spec.instance_ids.end();
}

std::map<InstanceId, std::string> ids_of(const ObservedChannel& seen) {
    std::map<InstanceId, std::string> ids;
    for (const InstanceChannel& row : seen.rows) ids.emplace(row.instance, row.id);
    return ids;
}

/// `spec`, narrowed to the instances it was found on: what can be said to be applied.
ChannelSpec on_instances_of(ChannelSpec spec, const ObservedChannel& seen) {
    std::erase_if(spec.instance_ids, [&](const InstanceId& instance) {
        return row_on(seen, instance) == nullptr;
    });
    return spec;
}

/// The rows that must be shown before `wanted` can be compared with them.
Show rows_to_show(const ChannelSpec& wanted, const ObservedChannel& seen) {
    Show show;
    for (const InstanceChannel& row : seen.rows) {
        if (wants(wanted, row.instance) && needs_show(wanted, row))
            show.rows.emplace_back(row.instance, row.id);
    }
    return show;
}

/// Whether a PUT made of this row would leave out a part that nobody has looked at: a server may take
/// away what a PUT does not mention.
bool would_forget(const ChannelSpec& wanted, const InstanceChannel& row) {
    const bool members = channel_type(row.spec) == ChannelType::builtin && !row.members_known;
    return (!wanted.vpc_health_config && !row.health_known) || (!wanted.members && members);
}

Create create_of(const ChannelSpec& wanted) {
    Create create{wanted};
    if (create.spec.instance_ids.size() > instances_per_request) {
        create.spec.instance_ids.resize(instances_per_request
        );  // the others follow by PUT once it is ours
    }
    return create;
}

/// Looks twice, `settle` apart and then half of it, before an absence is believed.
std::optional<Decision> not_yet_certain(const Situation& at, Duration elapsed, const char* why) {
    if (mutant(Mutant::settle_skipped)) return std::nullopt;
    if (elapsed < at.settle) return Decision{Wait{at.settle - elapsed, why}, {}};
    if (mutant(Mutant::second_look_skipped)) return std::nullopt;
    if (at.record->empty_looks == 0) return Decision{LookAgain{at.settle / 2, at.now - at.settle}, {}};
    const Duration second = at.settle + at.settle / 2;
    if (elapsed < second) return Decision{Wait{second - elapsed, why}, {}};
    return std::nullopt;
}

std::string places(const ObservedChannel& seen) {
    std::string text;
    for (const InstanceChannel& row : seen.rows) {
        if (!text.empty()) text += ", ";
        text += row.instance + " (id " + row.id + ")";
    }
    return text;
}

/// A channel of that name is there, and no row of ours says that we made it.
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

/// A create was sent, or may have been, and rows of that name are there: ours only if the intent
/// explains them.
Decision explain_rows(const Situation& at) {
    const Record& record = *at.record;
    const ChannelSpec& sent = *record.pending;
    const Duration elapsed = at.now - record.since;
    if (at.seen.rows.size() < sent.instance_ids.size() && elapsed < at.settle) {
        return {Wait{at.settle - elapsed, "the create may still be under way on some instances"}, {}};
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

/// A create was answered well: the rows it made are ours, whatever they look like by now.
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
    return {Adopt{ids_of(at.seen), on_instances_of(*record.pending, at.seen), Origin::created}, {}};
}

bool is_ours(const Record& record, const InstanceChannel& row) {
    const auto ours = record.ids.find(row.instance);
    if (mutant(Mutant::names_of_others_deleted)) return true;
    return ours != record.ids.end() && ours->second == row.id;
}

/// Ours among what is there.
ObservedChannel ours_of(const Situation& at) {
    ObservedChannel ours = at.seen;
    std::erase_if(ours.rows, [&](const InstanceChannel& row) { return !is_ours(*at.record, row); });
    return ours;
}

/// What deleting these rows takes away, with what only we know of it: the names of secrets.
Delete delete_of(
    Delete::Cause cause, const Record& record, const std::vector<const InstanceChannel*>& rows
) {
    Delete step;
    step.cause = cause;
    step.spec = with_live_values(record.applied.value_or(rows.front()->spec), *rows.front(), {});
    step.spec.instance_ids.clear();
    for (const InstanceChannel* row : rows) {
        step.rows.emplace_back(row->instance, row->id);
        step.spec.instance_ids.push_back(row->instance);
    }
    return step;
}

/// Whether each of its rows was seen to be gone after our delete.
bool deleted_by_us(const Record& record) {
    return record.phase == Phase::deleting && record.ids.empty();
}

/// Somebody deleted it, or the list is behind: only two empty looks, `settle` apart, are believed.
std::optional<Action> not_yet_gone(const Situation& at, Duration elapsed) {
    if (deleted_by_us(*at.record) || mutant(Mutant::vanished_at_once)) return std::nullopt;
    if (at.record->empty_looks == 0) return LookAgain{at.settle, at.now};
    if (elapsed < at.settle) return Wait{at.settle - elapsed, "the channel is missing"};
    return std::nullopt;
}

Decision meet_vanished(const Situation& at, Duration elapsed) {
    Decision decision{Nothing{}, {}, true};
    decision.changes.push_back(
        {{}, {"", "", "the channel is missing", FieldGroup::existence}, Reason::live_drifted}
    );
    if (deleted_by_us(*at.record)) {  // it makes way for another
        decision.drifted = false;
        decision.changes.front().reason = Reason::manifest_changed;
    }
    const std::optional<Action> wait = not_yet_gone(at, elapsed);
    decision.action = wait ? *wait : create_of(at.desired->spec);
    return decision;
}

/// An update creates where nothing is, so it too may have made rows that we do not know, on instances
/// where nobody wants one any more (`wanted`: where one is wanted). What is found there, and is as we
/// sent it, is noted, so that it can be deleted as ours. Nothing where there is nothing to note.
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
        if (elapsed < at.settle && (wanted == nullptr || !wants(*wanted, instance)))
            return Decision{Wait{at.settle - elapsed, "the outcome of an update is not known yet"}, {}};
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

/// Nobody wants it any more.
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

/// Whether a delete whose end we did not hear may still take a row that is wanted again, or one that is
/// about to be `written`.
bool may_yet_be_deleted(const Situation& at, bool written) {
    const Record& record = *at.record;
    if (record.phase != Phase::deleting) return false;
    if (written || !record.pending) return written;
    const auto& going = record.pending->instance_ids;
    return std::any_of(going.begin(), going.end(), [&](const InstanceId& instance) {
        return record.ids.contains(instance) && wants(at.desired->spec, instance);
    });
}

/// Ours: compare what is wanted with what is there.
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
    if (!update.puts.empty() && elapsed < at.settle && may_yet_make_another(at, ignored)) {
        decision.action = Wait{at.settle - elapsed, "the outcome of an update is not known yet"};
        return decision;
    }
    if (elapsed < at.settle && may_yet_be_deleted(at, !update.puts.empty())) {
        // Wanted again: a delete that is still on its way must not take what is written now.
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

    if (const auto wait = mutant(Mutant::surplus_forgotten) ? std::nullopt : surplus_not_yet_gone(at)) {
        decision.action = *wait;
        return decision;
    }
    Record settled = record;
    settled.phase = Phase::ready;
    settled.empty_looks = 0;
    settled.deletion = at.desired->lifecycle.deletion;
    settled.applied = wanted;
    std::erase_if(settled.ids, [&](const auto& entry) {
        // What drift: warn leaves missing keeps its id.
        return row_on(at.seen, entry.first) == nullptr && !(warn && wants(wanted, entry.first));
    });
    for (const InstanceChannel& row : at.seen.rows) {
        // Others than the wanted ones are kept until they are deleted.
        if (wants(wanted, row.instance)) settled.ids[row.instance] = row.id;
    }
    const bool noted = record.phase == Phase::ready && record.empty_looks == 0 &&
                       record.ids == settled.ids && record.applied == wanted &&
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
        decision.action = Adopt{std::move(settled.ids), wanted, record.origin, news};
    } else if (decision.surplus) {
        decision.action = *decision.surplus;
    }
    return decision;
}

std::optional<Decision> suspended(const std::optional<Suspension>& suspend, WallTime now) {
    if (!suspend || (suspend->until && now >= *suspend->until)) return std::nullopt;
    const std::string why = suspend->reason.empty() ? std::string() : ": " + suspend->reason;
    return Decision{Leave{Leave::Kind::suspended, "suspended" + why}, {}};
}

Decision next_step(const Situation& at) {
    if (auto left = suspended(at.suspended, at.now)) return *std::move(left);
    if (at.desired == nullptr) {
        if (at.record == nullptr) return {Nothing{}, {}};
        return meet_unwanted(at, at.now - at.record->since);
    }
    if (auto left = suspended(at.desired->lifecycle.suspend, at.now)) return *std::move(left);
    if (const auto doubled = doubled_instance(at.seen)) {
        return {
            Stall{
                "two channels of this name exist on " + *doubled + ": " + places(at.seen) +
                    "; remove the wrong one by hand",
                true},
            {}};
    }
    if (at.record == nullptr) {
        if (at.seen.rows.empty()) return {create_of(at.desired->spec), {}};
        return meet_foreign(at);
    }

    const Record& record = *at.record;
    const Duration elapsed = at.now - record.since;
    switch (record.phase) {
        case Phase::intent:
        case Phase::ambiguous:
            if (mutant(Mutant::no_lookup)) return {create_of(at.desired->spec), {}};
            if (!at.seen.rows.empty()) return explain_rows(at);
            if (auto wait = not_yet_certain(at, elapsed, "the outcome of the create is not known yet"))
                return *wait;
            return {create_of(at.desired->spec), {}};
        case Phase::created:
            if (at.seen.rows.empty()) {
                if (auto wait =
                        not_yet_certain(at, elapsed, "the created channel is not in the list yet"))
                    return *wait;
                return {create_of(at.desired->spec), {}};
            }
            return read_back(at);
        case Phase::conflict:
            if (at.seen.rows.empty()) return meet_vanished(at, elapsed);
            return record.ids.empty() ? meet_foreign(at) : compare_owned(at);
        case Phase::ready:
        case Phase::updating:
        case Phase::deleting:
            return at.seen.rows.empty() ? meet_vanished(at, elapsed) : compare_owned(at);
    }
    return {Nothing{}, {}};
}

}  // namespace

std::string_view to_string(Reason reason) {
    switch (reason) {
        case Reason::first_time:
            return "first time";
        case Reason::manifest_changed:
            return "the manifest changed";
        case Reason::live_drifted:
            return "the live channel drifted";
        case Reason::drift_left:
            return "the live channel drifted, and lifecycle.drift: warn leaves it so";
    }
    return "unknown";
}

bool is_drift(Reason reason) {
    return reason == Reason::live_drifted || reason == Reason::drift_left;
}

bool corrects_drift(const std::vector<FieldChange>& changes) {
    return std::any_of(changes.begin(), changes.end(), [](const FieldChange& change) {
        return change.reason == Reason::live_drifted;
    });
}

std::string_view to_string(Forget::Cause cause) {
    switch (cause) {
        case Forget::Cause::deleted:
            return "deleted";
        case Forget::Cause::vanished:
            return "the manifest is gone, and the channel is not there";
        case Forget::Cause::orphaned:
            return "the manifest is gone, and lifecycle.deletion: orphan leaves the channel as it is";
    }
    return "unknown";
}

bool needs_leave(const Action& action) {
    if (const auto* forget = std::get_if<Forget>(&action))
        return forget->cause == Forget::Cause::orphaned;
    return std::holds_alternative<Delete>(action);
}

std::optional<Action> deletion_in(const Decision& decision) {
    if (needs_leave(decision.action)) return decision.action;
    if (decision.surplus) return *decision.surplus;
    return std::nullopt;
}

bool needs_pass(const Decision& decision) {
    return decision.noted || (!std::holds_alternative<Stall>(decision.action) &&
                              !std::holds_alternative<Leave>(decision.action));
}

Decision next_action(const Situation& at) {
    Decision decision = next_step(at);
    if (at.record != nullptr && at.desired != nullptr &&
        at.record->deletion != at.desired->lifecycle.deletion) {
        if (!decision.noted) decision.noted = *at.record;
        decision.noted->deletion = at.desired->lifecycle.deletion;
    }
    return decision;
}

}  // namespace fairway
