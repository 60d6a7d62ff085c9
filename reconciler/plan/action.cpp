#include "reconciler/plan/action.hpp"

#include <algorithm>
#include <set>

namespace fairway {
namespace {

using namespace std::chrono_literals;

/// The most instances that one project-level request may name (API: PROJECT_VPC_OPERATOR_NUM_LIMIT).
constexpr std::size_t instances_per_request = 10;

/// How far the cloud's clock may be behind ours for a row to still count as made after an intent. The
/// look right before the intent found nothing, so this only has to cover clocks and stale lists.
constexpr Duration clock_skew = 5min;

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
    if (elapsed < at.settle) return Decision{Wait{at.settle - elapsed, why}, {}};
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
                    "; overwriting a foreign channel needs an approval, which this version does not "
                    "offer: make the manifest equal and set lifecycle.adopt: if-equal",
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
        if (record.intent_at && row.create_time && *row.create_time < *record.intent_at - clock_skew) {
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

/// Somebody deleted it, or the list is behind: only two empty looks, `settle` apart, are believed.
Decision meet_vanished(const Situation& at, Duration elapsed) {
    Decision decision{Nothing{}, {}, true};
    decision.changes.push_back(
        {{}, {"", "", "the channel is missing", FieldGroup::existence}, Reason::live_drifted}
    );
    if (at.record->empty_looks == 0) {
        decision.action = LookAgain{at.settle, at.now};
    } else if (elapsed < at.settle) {
        decision.action = Wait{at.settle - elapsed, "the channel is missing"};
    } else {
        decision.action = create_of(at.desired->spec);
    }
    return decision;
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

/// A change that no project-level PUT can express, as an advice; empty where there is none.
std::string inexpressible(
    const ChannelSpec& wanted, const InstanceChannel& row, const std::vector<Difference>& fields
) {
    for (const Difference& field : fields) {
        if (field.path == "/vpc_channel_type") {
            return "the type of a channel never changes (" + field.before + " live, " + field.after +
                   " wanted): delete the channel and let it be made again, or restore the manifest";
        }
    }
    if (wanted.members && wanted.members->empty() && row.spec.members && !row.spec.members->empty()) {
        return "members: [] cannot be written by a channel update, which keeps the members of an empty "
               "list; "
               "remove them by hand, or name the members that shall stay";
    }
    if (channel_type(row.spec) == ChannelType::microservice && !wanted.microservice_info &&
        row.spec.microservice_info && row.spec.microservice_info->nacos_info) {
        return "an update must repeat the Nacos password, which the cloud masks: declare "
               "microservice_info with "
               "its secret in the manifest";
    }
    return {};
}

/// Ours: compare what is wanted with what is there.
Decision compare_owned(const Situation& at) {
    const ChannelSpec& wanted = at.desired->spec;
    const Record& record = *at.record;
    Decision decision;
    for (const InstanceChannel& row : at.seen.rows) {
        const auto ours = record.ids.find(row.instance);
        if (ours != record.ids.end() && !ours->second.empty() && ours->second != row.id) {
            decision.action = Stall{
                "the channel on " + row.instance + " has id " + row.id + " where ours had " +
                    ours->second + ": somebody deleted it and made another",
                true};
            return decision;
        }
        const bool being_written =
            record.phase == Phase::updating && record.pending && wants(*record.pending, row.instance);
        if (ours == record.ids.end() && !being_written) {
            decision.action = Stall{
                "a channel of this name that is not ours exists on " + row.instance + " (id " + row.id +
                    "); remove it there, and the manifest's channel will be made",
                true};
            return decision;
        }
    }
    if (Show show = rows_to_show(wanted, at.seen); !show.rows.empty()) {
        decision.action = std::move(show);
        return decision;
    }

    const Ignored ignored(at.desired->lifecycle.ignore);
    const std::vector<Difference> since_applied =
        record.applied ? differences(wanted, *record.applied, ignored) : std::vector<Difference>{};
    Update update;
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
            add_put(update.puts, wanted, instance);
            update.recreated.push_back(instance);
            continue;
        }
        std::vector<Difference> fields = differences(wanted, *row, ignored);
        if (fields.empty()) continue;
        if (std::string why = inexpressible(wanted, *row, fields); !why.empty()) {
            decision.action = Stall{std::move(why), false};
        }
        for (Difference& field : fields) {
            const Reason reason =
                record.applied ? reason_of(field.path, since_applied) : Reason::manifest_changed;
            decision.drifted = decision.drifted || reason == Reason::live_drifted;
            decision.changes.push_back({instance, std::move(field), reason});
        }
        add_put(update.puts, with_live_values(wanted, *row, ignored), instance);
    }
    if (std::holds_alternative<Stall>(decision.action)) return decision;
    if (!update.puts.empty()) {
        const bool only_drift =
            std::all_of(decision.changes.begin(), decision.changes.end(), [](const auto& change) {
                return change.reason == Reason::live_drifted;
            });
        if (only_drift && at.desired->lifecycle.drift == DriftPolicy::warn &&
            record.phase == Phase::ready) {
            decision.action = Leave{
                Leave::Kind::drift, "the live channel drifted; lifecycle.drift: warn leaves it so"};
            return decision;
        }
        decision.action = std::move(update);
        return decision;
    }

    std::map<InstanceId, std::string>
        ids;  // of the wanted instances; others are kept until they are deleted
    for (const InstanceChannel& row : at.seen.rows) ids.emplace(row.instance, row.id);
    const bool noted = record.phase == Phase::ready && record.empty_looks == 0 && record.ids == ids &&
                       record.applied == wanted;
    if (!noted) {
        decision.action = Adopt{std::move(ids), wanted, record.origin};
        return decision;
    }
    for (const InstanceChannel& row : at.seen.rows) {
        if (!wants(wanted, row.instance)) {
            decision.action = Leave{
                Leave::Kind::unwanted,
                "the channel is still on " + row.instance +
                    ", which the manifest no longer names; deleting is off (reconcile.prune)"};
            return decision;
        }
    }
    return decision;
}

bool suspended(const Manifest& manifest, WallTime now) {
    const auto& suspend = manifest.lifecycle.suspend;
    return suspend && (!suspend->until || now < *suspend->until);
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
    }
    return "unknown";
}

Decision next_action(const Situation& at) {
    if (at.desired == nullptr) {
        if (at.record == nullptr) return {Nothing{}, {}};
        return {
            Leave{Leave::Kind::unwanted, "the manifest is gone; deleting is off (reconcile.prune)"}, {}};
    }
    if (suspended(*at.desired, at.now)) {
        const std::string& reason = at.desired->lifecycle.suspend->reason;
        return {
            Leave{
                Leave::Kind::suspended, "suspended" + (reason.empty() ? std::string() : ": " + reason)},
            {}};
    }
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
            return at.seen.rows.empty() ? meet_vanished(at, elapsed) : compare_owned(at);
    }
    return {Nothing{}, {}};
}

}  // namespace fairway
