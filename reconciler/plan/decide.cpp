// What the decisions have in common.
#include "reconciler/plan/decide.hpp"

#include <algorithm>

#include "reconciler/model/mutant.hpp"
#include "reconciler/plan/explain.hpp"

namespace fairway {

bool deleted_by_us(const Record& record) {
    return record.phase == Phase::deleting && record.ids.empty();
}

std::string places(const ObservedChannel& seen) {
    std::string text;
    for (const InstanceChannel& row : seen.rows) {
        if (!text.empty()) text += ", ";
        text += row.instance + " (id " + row.id + ")";
    }
    return text;
}

const InstanceChannel* row_on(const ObservedChannel& seen, const InstanceId& instance) {
    for (const InstanceChannel& row : seen.rows) {
        if (row.instance == instance) return &row;
    }
    return nullptr;
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

ChannelSpec on_instances_of(ChannelSpec spec, const ObservedChannel& seen) {
    std::erase_if(spec.instance_ids, [&](const InstanceId& instance) {
        return row_on(seen, instance) == nullptr;
    });
    return spec;
}

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

bool is_ours(const Record& record, const InstanceChannel& row) {
    const auto ours = record.ids.find(row.instance);
    if (mutant(Mutant::names_of_others_deleted)) return true;
    return ours != record.ids.end() && ours->second == row.id;
}

ObservedChannel ours_of(const Situation& at) {
    ObservedChannel ours = at.seen;
    std::erase_if(ours.rows, [&](const InstanceChannel& row) { return !is_ours(*at.record, row); });
    return ours;
}

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

std::optional<Decision> not_yet_certain(const Situation& at, Duration elapsed, const char* why) {
    if (mutant(Mutant::settle_skipped)) return std::nullopt;
    if (elapsed < at.settle) return Decision{Wait{at.settle - elapsed, why}, {}};
    if (mutant(Mutant::second_look_skipped)) return std::nullopt;
    if (at.record->empty_looks == 0) return Decision{LookAgain{at.settle / 2, at.now - at.settle}, {}};
    const Duration second = hidden_for(at);
    if (elapsed < second) return Decision{Wait{second - elapsed, why}, {}};
    return std::nullopt;
}

std::optional<Action> not_yet_gone(const Situation& at, Duration elapsed) {
    if (deleted_by_us(*at.record) || mutant(Mutant::vanished_at_once)) return std::nullopt;
    if (at.record->empty_looks == 0) return LookAgain{at.settle, at.now};
    if (elapsed < at.settle) return Wait{at.settle - elapsed, "the channel is missing"};
    return std::nullopt;
}

}  // namespace fairway
