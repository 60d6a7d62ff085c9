#include "reconciler/plan/explain.hpp"

#include <algorithm>

namespace fairway {
namespace {

using namespace std::chrono_literals;

/// How far the cloud's clock may be behind ours for a row to still count as made after an intent. The
/// look right before the intent found nothing, so this only has to cover clocks and stale lists.
constexpr Duration clock_skew = 5min;

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

}  // namespace fairway
