#include "reconciler/engine/gate.hpp"

#include <algorithm>

#include "reconciler/model/mutant.hpp"

namespace fairway {

namespace {

bool only_looks(const Action& action) {
    return std::holds_alternative<Nothing>(action) || std::holds_alternative<Leave>(action) ||
           std::holds_alternative<Wait>(action) || std::holds_alternative<Show>(action) ||
           std::holds_alternative<Stall>(action);
}

}  // namespace

void Gate::allow(const ChannelKey& key, Rows rows, std::string wish, TimePoint until) {
    allowed_.insert_or_assign(key, Leave{std::move(rows), std::move(wish), until});
}

void Gate::forbid(const ChannelKey& key) {
    if (!mutant(Mutant::leave_for_ever)) allowed_.erase(key);
}

void Gate::forbid_all() {
    if (!mutant(Mutant::leave_for_ever)) allowed_.clear();
}

void Gate::hold_updates(const std::string& project, std::string why) {
    if (why.empty()) {
        held_.erase(project);
    } else {
        held_.insert_or_assign(project, std::move(why));
    }
}

std::optional<std::string> Gate::refuses(
    const ChannelKey& key, const Action& action, const std::string& wish, TimePoint now
) const {
    if (!observing_.empty() && !only_looks(action)) return observing_;
    if (std::holds_alternative<Update>(action) || std::holds_alternative<PutMembers>(action)) {
        const auto held = held_.find(key.project);
        return held == held_.end() ? std::nullopt : std::optional(held->second);
    }
    if (!needs_leave(action)) return std::nullopt;
    const std::string judged = "deleting waits until the whole project was looked at";
    const auto it = allowed_.find(key);
    if (it == allowed_.end()) return judged;
    const bool over = it->second.until <= now || it->second.wish != wish;
    if (over && !mutant(Mutant::leave_for_ever)) return judged;
    const auto* step = std::get_if<Delete>(&action);
    if (step == nullptr) return std::nullopt;
    const Rows& rows = it->second.rows;
    const bool all = std::all_of(step->rows.begin(), step->rows.end(), [&](const auto& row) {
        return rows.contains(row);
    });
    return all ? std::nullopt : std::optional(judged);
}

}  // namespace fairway
