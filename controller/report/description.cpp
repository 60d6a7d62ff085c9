#include "controller/report/description.hpp"

#include <algorithm>
#include <set>

#include "controller/codec/channel_json.hpp"
#include "controller/report/text_table.hpp"

namespace fairway {
namespace {

/// The paths that these changes are about, each once; a few of them.
std::string paths_of(const std::vector<FieldChange>& changes, bool only_drift) {
    std::vector<std::string> paths;
    for (const FieldChange& change : changes) {
        if (only_drift && !is_drift(change.reason)) continue;
        const std::string& path = change.field.path.empty() ? change.field.after : change.field.path;
        if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
    }
    constexpr std::size_t told = 3;
    std::string text;
    for (std::size_t i = 0; i < std::min(told, paths.size()); ++i)
        text += (i > 0 ? ", " : "") + paths[i];
    if (paths.size() > told) text += " and " + std::to_string(paths.size() - told) + " more";
    return text;
}

struct UnsyncedReason {
    const Decision& decision;

    std::string operator()(const Nothing&) const { return {}; }
    std::string operator()(const Leave& step) const { return step.why; }
    std::string operator()(const Wait& step) const { return step.why; }
    std::string operator()(const LookAgain&) const { return "it is missing; a second look decides"; }
    std::string operator()(const Show&) const {
        return "what is stored of it lacks fields that the manifest manages; to compare: fairway plan";
    }
    std::string operator()(const Create&) const { return "it is to be created"; }
    std::string operator()(const Adopt&) const { return "it is to be taken over: it is as declared"; }
    std::string operator()(const Update&) const {
        return "differs at " + paths_of(decision.changes, false);
    }
    std::string operator()(const PutMembers&) const {
        return "differs at " + paths_of(decision.changes, false);
    }
    std::string operator()(const Delete& step) const {
        switch (step.cause) {
            case Delete::Cause::removed:
                return "the manifest is gone; to delete the channel: fairway apply --prune";
            case Delete::Cause::shrunk:
                return "still on " + step.rows.front().first + ", which the manifest no longer names";
            case Delete::Cause::replaced:
                return "it is to be deleted and made anew";
        }
        return {};
    }
    std::string operator()(const Forget&) const { return "the manifest is gone"; }
    std::string operator()(const Stall& step) const { return step.why; }
};

/// The last attempt, where it failed and nothing was done since.
std::string last_failure(const std::vector<HistoryEntry>& attempts) {
    if (attempts.empty() || attempts.front().result == "ok") return {};
    const HistoryEntry& last = attempts.front();
    return last.action + " at " + second_of(last.at) +
           (last.result == "error" ? " failed: " : " is uncertain: ") + last.detail;
}

/// Whether all is as declared, though our row does not say so yet.
bool only_noted(const Decision& decision) {
    const auto* adopt = std::get_if<Adopt>(&decision.action);
    return adopt != nullptr && !adopt->news;
}

Condition synced(const DescriptionInput& from, const Decision& decision) {
    Condition condition{"Synced", false, {}};
    if (from.wish.unreadable.contains(from.key)) {
        condition.reason = "its manifest cannot be read";
    } else if (only_noted(decision) && decision.surplus) {
        condition.reason = UnsyncedReason{decision}(*decision.surplus);
    } else if (std::holds_alternative<Nothing>(decision.action) || only_noted(decision)) {
        condition.status = from.wish.find(from.key) != nullptr;
        condition.reason = condition.status ? "as declared when it was seen last"
                                            : "neither a manifest declares it nor is it ours";
    } else {
        condition.reason = std::visit(UnsyncedReason{decision}, decision.action);
        if (const std::string failure = last_failure(from.attempts); !failure.empty())
            condition.reason += "; the last attempt, " + failure;
    }
    return condition;
}

Condition drifted(const DescriptionInput& from, const Decision& decision) {
    if (decision.drifted) {
        return {"Drifted", true, "live is not as applied last: " + paths_of(decision.changes, true)};
    }
    if (from.record == nullptr) return {"Drifted", false, "it is not ours, so that it cannot drift"};
    if (!from.record->applied) return {"Drifted", false, "nothing was applied yet"};
    return {"Drifted", false, "as applied last, in the fields that the manifest manages"};
}

Condition stalled(
    const DescriptionInput& from, const Decision& decision, const ChannelDescription& channel
) {
    if (from.wish.unreadable.contains(from.key)) {
        return {
            "Stalled", true,
            channel.problem.empty() ? "its manifest cannot be read"
                                    : "its manifest cannot be read: " + channel.problem};
    }
    if (const auto* stall = std::get_if<Stall>(&decision.action)) return {"Stalled", true, stall->why};
    if (from.record != nullptr && from.record->phase == Phase::conflict)
        return {"Stalled", true, from.record->why};
    return {"Stalled", false, "nothing that is known stands in the way"};
}

bool in_force(const std::optional<Suspension>& suspension, WallTime now) {
    return suspension && (!suspension->until || now < *suspension->until);
}

std::string told(const std::string& by, const Suspension& suspension) {
    std::string text = "by " + by;
    if (suspension.until) text += " until " + second_of(*suspension.until);
    if (!suspension.reason.empty()) text += ": " + suspension.reason;
    return text;
}

Condition suspended(const DescriptionInput& from) {
    const Manifest* manifest = from.wish.find(from.key);
    std::string why;
    if (manifest != nullptr && in_force(manifest->lifecycle.suspend, from.now))
        why = told("lifecycle.suspend", *manifest->lifecycle.suspend);
    if (in_force(from.suspended, from.now))
        why += (why.empty() ? "" : ", and ") + told("fairway suspend", *from.suspended);
    const bool status = !why.empty();
    return {
        "Suspended", status, status ? why : "neither lifecycle.suspend nor fairway suspend holds it"};
}

std::vector<DescribedMember> members_of(const InstanceChannel& row) {
    std::vector<DescribedMember> members;
    if (!row.spec.members) return members;
    for (std::size_t i = 0; i < row.spec.members->size(); ++i) {
        const Member& from = (*row.spec.members)[i];
        DescribedMember member;
        const std::string host = from.host.value_or("");
        member.address = host.empty() ? from.ecs_id.value_or("") : host;
        const int own_port = from.port.value_or(0);
        const std::string port = std::to_string(own_port == 0 ? row.spec.port : own_port);
        const bool v6 = member.address.find(':') != std::string::npos;
        member.address = (v6 ? "[" + member.address + "]" : member.address) + ":" + port;
        member.group = from.member_group_name.value_or("");
        member.weight = from.weight.value_or(0);
        member.is_backup = from.is_backup.value_or(false);
        member.available = from.status.value_or(AdminStatus::available) == AdminStatus::available;
        if (i < row.member_facts.size()) member.health = row.member_facts[i].health_status;
        members.push_back(std::move(member));
    }
    return members;
}

DescribedInstance instance_of(const InstanceChannel& row, WallTime seen_at) {
    DescribedInstance one;
    one.instance = row.instance;
    one.instance_name = row.instance_name;
    one.id = row.id;
    one.present = true;
    one.status = row.status;
    one.created_at = row.create_time.value_or(WallTime{});
    one.seen_at = seen_at;
    one.members_known = row.members_known;
    one.members = members_of(row);
    return one;
}

/// What differs on a row that is not ours, which no decision compares.
std::vector<FieldChange> foreign_fields(const Manifest& manifest, const InstanceChannel& row) {
    std::vector<FieldChange> fields;
    if (needs_show(manifest.spec, row)) return fields;
    for (Difference& field : differences(manifest.spec, row, Ignored(manifest.lifecycle.ignore)))
        fields.push_back({row.instance, std::move(field), Reason::first_time});
    return fields;
}

std::vector<DescribedInstance> instances_of(const DescriptionInput& from, const Decision& decision) {
    const Manifest* manifest = from.wish.find(from.key);
    std::vector<DescribedInstance> all;
    std::set<InstanceId> wanted, met;
    if (manifest != nullptr) {
        wanted.insert(manifest->spec.instance_ids.begin(), manifest->spec.instance_ids.end());
    }
    const auto add = [&](const InstanceId& instance) {
        if (!met.insert(instance).second) return;
        const auto noted = from.record == nullptr ? std::map<InstanceId, std::string>::const_iterator()
                                                  : from.record->ids.find(instance);
        const bool known = from.record != nullptr && noted != from.record->ids.end();
        const std::size_t before = all.size();
        if (from.seen != nullptr) {
            for (const InstanceChannel& row :
                 from.seen->rows) {  // twice on one instance is a mistake to show
                if (row.instance != instance) continue;
                DescribedInstance one = instance_of(row, from.seen->observed_at);
                one.ours = known && noted->second == row.id;
                if (!one.ours && manifest != nullptr && wanted.contains(instance))
                    one.fields = foreign_fields(*manifest, row);
                all.push_back(std::move(one));
            }
        }
        if (all.size() == before) {
            DescribedInstance one;
            one.instance = instance;
            one.id = known ? noted->second : "";
            one.ours = known;
            all.push_back(std::move(one));
        }
        for (std::size_t i = before; i < all.size(); ++i) all[i].wanted = wanted.contains(instance);
    };
    if (manifest != nullptr) {
        for (const InstanceId& instance : manifest->spec.instance_ids) add(instance);
    }
    if (from.record != nullptr) {
        for (const auto& [instance, id] : from.record->ids) add(instance);
    }
    if (from.seen != nullptr) {
        for (const InstanceChannel& row : from.seen->rows) add(row.instance);
    }
    for (DescribedInstance& one : all) {
        std::vector<FieldChange> decided;
        for (const FieldChange& change : decision.changes) {
            if (change.instance == one.instance) decided.push_back(change);
        }
        if (!decided.empty()) one.fields = std::move(decided);
    }
    return all;
}

void describe_manifest(const DescriptionInput& from, ChannelDescription& channel) {
    if (const Manifest* manifest = from.wish.find(from.key)) {
        channel.place = manifest->place;
        channel.labels = manifest->labels;
        channel.annotations = manifest->annotations;
        channel.deletion = manifest->lifecycle.deletion;
        channel.inherited = manifest->inherited;
    }
    if (!from.wish.unreadable.contains(from.key)) return;
    for (const ManifestProblem& problem : from.wish.problems) {
        if (problem.severity != Severity::error || problem.key != from.key) continue;
        channel.place = problem.place;
        channel.problem = (problem.field.empty() ? "" : problem.field + ": ") + problem.wrong;
        if (!problem.advice.empty()) channel.problem += "; " + problem.advice;
        return;
    }
    const auto held = from.wish.held_back.find(from.key);
    if (held == from.wish.held_back.end()) return;
    channel.place = held->second;
    channel.problem = "the defaults of its directory cannot be used";
}

}  // namespace

ChannelDescription describe(const DescriptionInput& from) {
    ChannelDescription channel;
    channel.key = from.key;
    describe_manifest(from, channel);
    if (from.record != nullptr) {
        channel.phase = from.record->phase;
        channel.origin = from.record->origin;
        channel.phase_since = from.record->since;
        if (!channel.deletion) channel.deletion = from.record->deletion;
    }
    const ObservedChannel nothing;
    const ObservedChannel& seen = from.seen == nullptr ? nothing : *from.seen;
    channel.seen_at = seen.observed_at;

    // A suspension hides what would be done; here it is told beside it.
    const Manifest* manifest = from.wish.find(from.key);
    Manifest awake;
    if (manifest != nullptr) {
        awake = *manifest;
        awake.lifecycle.suspend.reset();
    }
    const Manifest* desired = manifest == nullptr ? nullptr : &awake;
    Decision decision;
    if (!from.wish.unreadable.contains(from.key))
        decision = next_action(Situation{desired, from.record, seen, from.now, from.settle});
    channel.conditions = {
        synced(from, decision), drifted(from, decision), stalled(from, decision, channel),
        suspended(from)};
    channel.instances = instances_of(from, decision);
    channel.attempts = from.attempts;
    return channel;
}

}  // namespace fairway
