#include "reconciler/plan/explain.hpp"

#include <algorithm>

namespace fairway {
namespace {

using namespace std::chrono_literals;

/// How far the cloud's clock may be behind ours for a row to still count as made after an intent: 20
/// min, and a little for times that are told in whole seconds. Older rows are kept out by the look right
/// before the intent, which found nothing: this need not tell them apart, unless that list was behind by
/// as much.
constexpr Duration clock_skew = 20min + 2s;

}  // namespace

bool older_than_intent(const Record& record, const InstanceChannel& row) {
    return record.intent_at && row.create_time && *row.create_time < *record.intent_at - clock_skew;
}

bool may_be_made(const Record& record, const InstanceId& instance) {
    if (record.phase != Phase::updating || !record.pending) return false;
    const std::vector<InstanceId>& claimed = record.pending->instance_ids;
    return std::find(claimed.begin(), claimed.end(), instance) != claimed.end();
}

bool explained_by_update(const Record& record, const InstanceChannel& row, const Ignored& ignored) {
    return may_be_made(record, row.instance) && !older_than_intent(record, row) &&
           differences(*record.pending, row, ignored).empty();
}

bool was_changed(const InstanceChannel& before, const InstanceChannel& now) {
    ChannelSpec was = before.spec;
    if (!before.members_known) was.members.reset();
    if (!before.health_known) was.vpc_health_config.reset();
    if (!differences(was, now).empty()) return true;
    // Single fields that only one of them shows prove nothing: a list may leave out what a show tells.
    const bool checked = before.health_known && !was.vpc_health_config && now.spec.vpc_health_config;
    const bool grouped = (!was.member_groups || was.member_groups->empty()) && now.spec.member_groups &&
                         !now.spec.member_groups->empty();
    return checked || grouped;
}

}  // namespace fairway
