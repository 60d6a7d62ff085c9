#include "tests/simulation/cloud.hpp"

#include <algorithm>
#include <cctype>

namespace fairway::sim {
namespace {

using namespace std::chrono_literals;

constexpr Duration remembered = 100s;  // longer than any list lags

std::string flipped(std::string text) {
    for (char& c : text) {
        const auto byte = static_cast<unsigned char>(c);
        c = static_cast<char>(std::isupper(byte) ? std::tolower(byte) : std::toupper(byte));
    }
    return text;
}

template <class T>
void shuffle(std::vector<T>& list, Stream& random) {
    for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[random.below(i)]);
}

bool same_member(const Member& a, const Member& b, int port) {
    return a.member_group_name.value_or("") == b.member_group_name.value_or("") && a.host == b.host &&
           a.port.value_or(port) == b.port.value_or(port);
}

}  // namespace

const State& Cloud::ago(Duration lag) const {
    const TimePoint then = stage_.timeline.now() - lag;
    const State* found = &history_.front().second;
    for (const auto& [from, state] : history_) {
        if (from > then) break;
        found = &state;
    }
    return *found;
}

std::vector<std::shared_ptr<const Row>> Cloud::named(const std::string& name) const {
    std::vector<std::shared_ptr<const Row>> found;
    for (const auto& row : now()) {
        if (row->live.name == name) found.push_back(row);
    }
    return found;
}

void Cloud::commit(State next) {
    const TimePoint at = stage_.timeline.now();
    while (history_.size() > 1 && history_[1].first < at - remembered) history_.pop_front();
    history_.emplace_back(at, std::move(next));
}

void Cloud::replace(const Row& before, std::shared_ptr<const Row> after) {
    State next = now();
    for (auto& row : next) {
        if (row.get() == &before) row = after;
    }
    if (!after) std::erase(next, nullptr);
    commit(std::move(next));
}

std::shared_ptr<Row> Cloud::make(
    const std::string& name, const InstanceId& instance, const ChannelSpec& spec
) {
    auto row = std::make_shared<Row>();
    row->live.instance = instance;
    row->live.instance_name = instance;
    row->live.name = name;
    row->live.id = "id" + std::to_string(++made_);
    names_[row->live.id] = name;
    row->live.create_time = stage_.timeline.wall() + temper_.clock_off;
    row->live.status = ChannelStatus::normal;
    row->live.spec = as_kept(spec);
    row->live.members_known = row->live.health_known = true;
    row->version = ++version_;
    return row;
}

ChannelSpec Cloud::as_kept(ChannelSpec spec) const {
    spec.instance_ids.clear();
    if (!spec.member_groups) spec.member_groups.emplace();
    if (!spec.members) spec.members.emplace();
    for (MemberGroup& group : *spec.member_groups) {
        if (!group.member_group_remark) group.member_group_remark = "";
        if (!group.member_group_weight) group.member_group_weight = 0;
    }
    for (Member& member : *spec.members) {
        if (!member.weight) member.weight = 0;
        if (member.port.value_or(0) == 0) member.port = spec.port;
        if (!member.member_group_name) member.member_group_name = "";
        if (temper_.fills_defaults) {
            if (!member.status) member.status = AdminStatus::available;
            if (!member.is_backup) member.is_backup = false;
            if (!member.ecs_id) member.ecs_id = member.ecs_name = member.host;
        }
        if (!temper_.copies_weights) continue;
        for (const MemberGroup& group : *spec.member_groups) {
            if (group.member_group_name == *member.member_group_name && *group.member_group_weight > 0)
                member.weight = group.member_group_weight;
        }
    }
    if (temper_.fills_defaults) {
        spec.dict_code = "";
        if (!spec.type) spec.type = 2;
        if (spec.vpc_health_config && !spec.vpc_health_config->method)
            spec.vpc_health_config->method = HealthMethod::get;
    }
    return spec;
}

ChannelSpec Cloud::merged(const ChannelSpec& live, const ChannelSpec& body) const {
    ChannelSpec next = body;
    if (!next.member_groups && !temper_.absent_list_clears) next.member_groups = live.member_groups;
    if (!next.members && !temper_.absent_list_clears) next.members = live.members;
    if (next.members && next.members->empty() && !temper_.empty_members_clear)
        next.members = live.members;
    if (temper_.members_upsert && next.members && live.members) {
        for (const Member& old : *live.members) {
            const bool given =
                std::any_of(next.members->begin(), next.members->end(), [&](const Member& one) {
                    return same_member(one, old, next.port);
                });
            if (!given) next.members->push_back(old);
        }
    }
    if (!next.vpc_health_config && !temper_.absent_health_clears)
        next.vpc_health_config = live.vpc_health_config;
    if (next.member_groups && next.members) {  // a group that is gone leaves its members in none
        for (Member& member : *next.members) {
            const std::string group = member.member_group_name.value_or("");
            const bool known = std::any_of(
                next.member_groups->begin(), next.member_groups->end(),
                [&](const MemberGroup& one) { return one.member_group_name == group; }
            );
            if (!known) member.member_group_name = "";
        }
    }
    return as_kept(std::move(next));
}

Effect Cloud::apply(const Request& request, std::size_t most) {
    Effect effect;
    switch (request.op) {
        case Op::create:
            effect = create(request, most);
            break;
        case Op::put:
            effect = put(request, most);
            break;
        case Op::remove:
            effect = remove(request);
            break;
        default:
            effect = put_members(request);
            break;
    }
    stage_.note(
        "applied", request.key.name,
        std::string(to_string(request.op)) + " " + std::to_string(effect.status) + effect.code
    );
    return effect;
}

Effect Cloud::create(const Request& request, std::size_t most) {
    for (const auto& row : named(request.key.name)) {
        const auto& asked = request.spec.instance_ids;
        const bool meets = std::find(asked.begin(), asked.end(), row->live.instance) != asked.end();
        if (temper_.uniqueness == Uniqueness::none) break;
        if (temper_.uniqueness == Uniqueness::project || meets) return {400, "APIG.3208", {}};
    }
    Effect effect{201, {}, {}};
    State next = now();
    for (const InstanceId& instance : request.spec.instance_ids) {
        if (effect.rows.size() == most) break;
        auto row = make(request.key.name, instance, request.spec);
        row->ours = true;
        effect.rows.push_back(row->live);
        next.push_back(std::move(row));
    }
    commit(std::move(next));
    return effect;
}

Effect Cloud::put(const Request& request, std::size_t most) {
    std::size_t done = 0;
    for (const InstanceId& instance : request.spec.instance_ids) {
        if (done++ == most) break;
        std::shared_ptr<const Row> there;
        for (const auto& row : named(request.key.name)) {
            if (row->live.instance == instance) there = row;
        }
        if (!there) {
            auto row = make(request.key.name, instance, request.spec);
            row->ours = true;
            State next = now();
            next.push_back(std::move(row));
            commit(std::move(next));
            continue;
        }
        auto after = std::make_shared<Row>(*there);
        after->live.spec = merged(there->live.spec, request.spec);
        after->version = ++version_;
        after->foreign_last = false;
        auditor_.overwritten(request, *there, *after);
        replace(*there, std::move(after));
    }
    return {};
}

Effect Cloud::remove(const Request& request) {
    for (const auto& row : now()) {
        if (row->live.instance != request.instance || row->live.id != request.id) continue;
        const auto gone = row;
        auditor_.removed(request, *gone);
        ++version_;
        replace(*gone, nullptr);
        return {204, {}, {}};
    }
    return {404, "APIG.3023", {}};
}

Effect Cloud::put_members(const Request& request) {
    for (const auto& row : now()) {
        if (row->live.instance != request.instance || row->live.id != request.id) continue;
        const auto there = row;
        auto after = std::make_shared<Row>(*there);
        ChannelSpec spec = there->live.spec;
        spec.members = request.spec.members.value_or(std::vector<Member>());
        after->live.spec = as_kept(std::move(spec));
        after->version = ++version_;
        after->foreign_last = false;
        auditor_.overwritten(request, *there, *after);
        replace(*there, std::move(after));
        return {};
    }
    return {404, "APIG.3023", {}};
}

InstanceChannel Cloud::shown(const Row& row, bool in_full) {
    InstanceChannel live = row.live;
    if (temper_.shuffles) {
        if (live.spec.members) shuffle(*live.spec.members, random_);
        if (live.spec.member_groups) shuffle(*live.spec.member_groups, random_);
    }
    if (temper_.changes_case && live.spec.members) {
        for (Member& member : *live.spec.members) {
            if (member.host) member.host = flipped(*member.host);
        }
    }
    if (!in_full && !temper_.list_shows_health) {
        live.spec.vpc_health_config.reset();
        live.health_known = false;
    }
    return live;
}

void Cloud::plant(const std::string& name, const InstanceId& instance, const ChannelSpec& spec) {
    auto row = make(name, instance, spec);
    row->foreign_last = true;
    State next = now();
    next.push_back(std::move(row));
    commit(std::move(next));
}

void Cloud::edit(const Row& row, const ChannelSpec& spec) {
    auto after = std::make_shared<Row>(row);
    after->live.spec = as_kept(spec);
    after->version = ++version_;
    after->foreign_last = true;
    replace(row, std::move(after));
}

void Cloud::erase(const Row& row) {
    ++version_;
    replace(row, nullptr);
}

void Cloud::rename(const Row& row, const std::string& name) {
    auto after = std::make_shared<Row>(row);
    after->live.name = name;
    after->renamed = true;
    if (!row.ours) names_[row.live.id] = name;
    after->version = ++version_;
    after->foreign_last = true;
    replace(row, std::move(after));
}

}  // namespace fairway::sim
