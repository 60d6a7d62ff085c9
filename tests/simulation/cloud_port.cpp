#include "tests/simulation/cloud_port.hpp"

#include <algorithm>
#include <limits>

#include "controller/api/api_error.hpp"
#include "reconciler/model/mutant.hpp"
#include "reconciler/plan/normal_form.hpp"

namespace fairway::sim {
namespace {

using namespace std::chrono_literals;

/// When HttpsClient gives a call up.
constexpr Duration call_limit = 30s;
constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

/// What HttpChannelApi makes of an answer to a write that it cannot believe.
Error unbelievable(int status, const char* why) {
    Error error(ErrorClass::retryable, ErrorReason::server, std::to_string(status) + ": " + why);
    return std::move(error).with({status, {}, "req"}).unsure();
}

/// Tells the witness when the answer is not waited for any more, however that comes.
struct Waiting {
    Waiting(Witness& of, const Request& sent) : witness(of), request(sent) {}
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;
    ~Waiting() { witness.ended(request); }
    Witness& witness;
    const Request& request;
};

}  // namespace

Duration CloudPort::latency() {
    if (stage_.strikes(Fault::slow)) return stage_.faults.between(1s, 12s);
    return cloud_.random().between(1ms, 80ms);
}

Duration CloudPort::lag() {
    if (!stage_.strikes(Fault::stale_read)) return Duration::zero();
    return stage_.faults.between(100ms, cloud_.temper().most_lag);
}

Task<> CloudPort::pass(Duration time) {
    const TimePoint until = life_.clock().now() + time;
    co_await life_.clock().sleep_until(until);
}

Error CloudPort::refused(int status, std::string_view code, Op op, std::string_view retry_after) {
    Refusal refusal;
    refusal.write = op == Op::create || op == Op::put || op == Op::remove || op == Op::put_members;
    refusal.create = op == Op::create;
    refusal.status = status;
    refusal.error_code = code;
    refusal.request_id = "req";
    refusal.retry_after = retry_after;
    refusal.now = stage_.timeline.wall();
    return api_error(refusal);
}

Error CloudPort::lost(ErrorReason reason, bool write) const {
    Error error(ErrorClass::retryable, reason, "wait for api: lost");
    return write && !mutant(Mutant::errors_are_certain) ? std::move(error).unsure() : error;
}

std::optional<Error> CloudPort::refusal(const Request* request) {
    const Op op = request != nullptr ? request->op : Op::find;
    if (stage_.strikes(Fault::throttled)) {
        const std::string pause = std::to_string(1 + stage_.faults.below(30));
        return refused(429, "APIGW.0308", op, stage_.faults.chance(0.7) ? pause : std::string());
    }
    if (stage_.strikes(Fault::throttled_500)) return refused(500, "APIG.9008", op);
    if (stage_.strikes(Fault::unauthorized)) return refused(401, "APIGW.0301", op);
    if (stage_.strikes(Fault::forbidden)) return refused(403, "APIGW.0302", op);
    if (request == nullptr) return std::nullopt;
    if (request->op == Op::remove) {
        if (!stage_.strikes(Fault::blocked_delete)) return std::nullopt;
        return stage_.faults.chance(0.5) ? refused(403, "APIG.3414", op) : refused(409, "APIG.3719", op);
    }
    if (stage_.strikes(Fault::refused)) return refused(400, "APIG.2012", op);
    if (request->op == Op::create && stage_.strikes(Fault::quota)) return refused(403, "APIG.3109", op);
    return std::nullopt;
}

Task<std::optional<Error>> CloudPort::ask(Op op) {
    ++stage_.trace.counts.calls;
    if (life_.dies(op, When::before)) co_await life_.hang();
    if (stage_.strikes(Fault::unreachable)) {
        co_await pass(1ms);
        co_return lost(ErrorReason::network, false);
    }
    const Duration way = latency();
    co_await pass(way);
    if (stage_.strikes(Fault::lost_before)) {
        co_await pass(call_limit);
        co_return lost(ErrorReason::timeout, false);
    }
    if (auto error = refusal(nullptr)) co_return error;
    if (stage_.strikes(Fault::server_error)) co_return refused(503, "", op);
    if (life_.dies(op, When::effect)) co_await life_.hang();
    co_return std::nullopt;
}

Task<std::optional<Error>> CloudPort::hear(Op op) {
    const Duration way = latency();
    co_await pass(way);
    if (stage_.strikes(Fault::read_failed)) co_return lost(ErrorReason::network, false);
    if (life_.dies(op, When::reply)) co_await life_.hang();
    co_return std::nullopt;
}

Task<Result<ObservedChannel>> CloudPort::find(ChannelKey key) {
    ObservedChannel seen;
    seen.observed_at = life_.clock().wall();
    auto failed = co_await ask(Op::find);
    if (failed) co_return *failed;
    State found;
    for (const auto& row : cloud_.ago(lag())) {
        const bool near =
            mutant(Mutant::near_names_found) && without_case(row->live.name) == without_case(key.name);
        if (near || row->live.name == key.name) found.push_back(row);
    }
    if (mutant(Mutant::find_drops_rows) && !found.empty() && cloud_.random().chance(0.3))
        found.pop_back();
    for (const auto& row : found) seen.rows.push_back(cloud_.shown(*row, false));
    failed = co_await hear(Op::find);
    if (failed) co_return *failed;
    witness_.saw(key, found);
    stage_.note("found", key.name, std::to_string(found.size()));
    co_return seen;
}

Task<Result<std::vector<InstanceChannel>>> CloudPort::list(std::string) {
    auto failed = co_await ask(Op::list);
    if (failed) co_return *failed;
    State found = cloud_.ago(lag());
    if (mutant(Mutant::list_drops_rows) && !found.empty() && cloud_.random().chance(0.3))
        found.pop_back();
    std::vector<InstanceChannel> rows;
    for (const auto& row : found) rows.push_back(cloud_.shown(*row, false));
    failed = co_await hear(Op::list);
    if (failed) co_return *failed;
    witness_.listed(found);
    stage_.note("listed", {}, std::to_string(found.size()));
    co_return rows;
}

Task<Result<InstanceChannel>> CloudPort::show(ChannelKey key, InstanceId instance, std::string id) {
    std::optional<std::string> name = std::move(key.name);
    co_return co_await show(std::move(name), std::move(instance), std::move(id));
}

Task<Result<InstanceChannel>> CloudPort::show(
    std::optional<std::string> name, InstanceId instance, std::string id
) {
    auto failed = co_await ask(Op::show);
    if (failed) co_return *failed;
    std::shared_ptr<const Row> found;
    for (const auto& row : cloud_.ago(lag())) {
        if (row->live.instance == instance && row->live.id == id) found = row;
    }
    failed = co_await hear(Op::show);
    if (failed) co_return *failed;
    if (!found) co_return refused(404, "APIG.3023", Op::show);
    if (name && found->live.name != *name) {
        co_return Error(
            ErrorClass::conflict, ErrorReason::conflict,
            "id " + id + " belongs to channel " + found->live.name + " now"
        );
    }
    const ChannelKey shown{"p", found->live.name};
    witness_.showed(shown, *found);
    co_return cloud_.shown(*found, true);
}

Task<Result<std::vector<InstanceChannel>>> CloudPort::create(
    ChannelKey key, ChannelSpec spec, MaySend may_send
) {
    Request request(Op::create, std::move(key), std::move(spec));
    request.may_send = std::move(may_send);
    if (!mutant(Mutant::post_repeated)) co_return co_await send(std::move(request));
    const Result<std::vector<InstanceChannel>> first = co_await send(request);
    if (first || !first.error().outcome_unknown()) co_return first;
    co_return co_await send(std::move(request));
}

Task<Result<>> CloudPort::put(ChannelKey key, ChannelSpec spec, MaySend may_send) {
    Request request(Op::put, std::move(key), std::move(spec));
    request.may_send = std::move(may_send);
    const auto sent = co_await send(std::move(request));
    if (!sent) co_return sent.error();
    co_return Result<>();
}

Task<Result<>> CloudPort::remove(ChannelKey key, InstanceId instance, std::string id, MaySend may_send) {
    if (mutant(Mutant::other_row_deleted)) {
        for (const auto& row : cloud_.now()) {
            if (row->live.instance == instance) id = row->live.id;
        }
    }
    Request request(Op::remove, std::move(key), ChannelSpec(), std::move(instance), std::move(id));
    request.may_send = std::move(may_send);
    const auto sent = co_await send(std::move(request));
    if (!sent) co_return sent.error();
    co_return Result<>();
}

Task<Result<>> CloudPort::put_members(
    ChannelKey key, InstanceId instance, std::string id, ChannelSpec spec
) {
    Request request(
        Op::put_members, std::move(key), std::move(spec), std::move(instance), std::move(id)
    );
    const auto sent = co_await send(std::move(request));
    if (!sent) co_return sent.error();
    co_return Result<>();
}

Task<Result<std::vector<InstanceChannel>>> CloudPort::send(Request request) {
    ++stage_.trace.counts.calls;
    const Op op = request.op;
    witness_.decided(request);
    if (life_.dies(op, When::before)) co_await life_.hang();
    const bool by_client = stage_.options.wire && op != Op::put_members;  // which asks before it sends
    if (!by_client && stage_.strikes(Fault::paced)) {
        const Duration held = stage_.faults.between(1s, 70s);
        co_await pass(held);
    }
    if (stage_.strikes(Fault::unreachable)) {
        co_await pass(1ms);
        co_return lost(ErrorReason::network, false);
    }
    if (request.may_send && !request.may_send())
        co_return Error(ErrorClass::retryable, ErrorReason::guard, "not sent");
    witness_.sent(request);
    const Waiting waiting(witness_, request);
    const Duration way = latency();
    if (stage_.strikes(Fault::lost_before)) {
        co_await pass(way);
        const bool reset = stage_.faults.chance(0.5);
        if (!reset) co_await pass(call_limit);
        co_return lost(reset ? ErrorReason::network : ErrorReason::timeout, true);
    }
    if (auto error = refusal(&request)) {
        co_await pass(way);
        if (life_.dies(op, When::effect)) co_await life_.hang();
        co_return *error;
    }
    const std::size_t asked = request.spec.instance_ids.size();
    std::size_t most = all;
    std::optional<Error> instead;
    Duration arrives = way, heard = way;
    if (stage_.strikes(Fault::late)) {
        arrives = call_limit + stage_.faults.between(1s, cloud_.temper().most_late);
        // What is between us and the cloud may give up at once.
        const bool reset = stage_.faults.chance(0.3);
        if (!reset) heard = call_limit;
        instead = lost(reset ? ErrorReason::network : ErrorReason::timeout, true);
    } else if (op == Op::create && stage_.strikes(Fault::throttled_after)) {
        if (stage_.faults.chance(0.3)) most = 1;
        instead = refused(429, "APIGW.0308", op, stage_.faults.chance(0.5) ? "5" : "");
    } else if (stage_.strikes(Fault::lost_after)) {
        instead = lost(ErrorReason::network, true);
    } else if (stage_.strikes(Fault::server_error)) {
        const int statuses[] = {500, 502, 503, 504};
        const int status = statuses[stage_.faults.below(4)];
        instead = refused(status, stage_.faults.chance(0.5) ? "APIG.9999" : "", op);
        if (stage_.faults.chance(0.5)) most = 0;
    } else if (asked > 1 && stage_.strikes(Fault::partial_500)) {
        most = 1 + stage_.faults.below(asked - 1);
        instead = refused(500, "APIG.3500", op);
    } else if (asked > 1 && op == Op::create && stage_.strikes(Fault::partial_201)) {
        most = 1 + stage_.faults.below(asked - 1);
        instead = unbelievable(201, "the answer lacks an instance");
    } else if (op == Op::create && stage_.strikes(Fault::garbage_201)) {
        instead = unbelievable(201, "no JSON");
    }
    Death death = Death::none;
    if (auto script = std::exchange(stage_.options.first_create, std::nullopt);
        script && op == Op::create) {
        most = script->most;
        death = script->death;
        if (death == Death::first_bytes) most = 0;
        if (death == Death::under_way) arrives += 3s;
        if (death == Death::partly) most = std::max<std::size_t>(1, asked / 2);
        if (script->status == 0) {
            instead = lost(script->reset ? ErrorReason::network : ErrorReason::timeout, true);
        } else if (script->status == 201) {
            if (!script->believable) instead = unbelievable(201, "scripted");
        } else {
            instead = refused(script->status, script->code, op);
        }
    }
    // The cloud does it whether or not anybody still waits.
    auto effect = std::make_shared<Effect>();
    const auto sent = std::make_shared<const Request>(request);
    if (most > 0) {
        ++stage_.under_way;
        stage_.timeline.after(arrives, [effect, sent, most, &cloud = cloud_, &stage = stage_] {
            --stage.under_way;
            *effect = cloud.apply(*sent, most);
        });
    }
    if (death == Death::first_bytes || death == Death::under_way) co_await life_.die("within a create");
    const bool late = arrives >= call_limit;
    const Duration until_heard = heard + 1us;
    co_await pass(until_heard);
    if (death == Death::partly) co_await life_.die("of a create that is done in part");
    if (life_.dies(op, When::effect)) co_await life_.hang();
    if (instead && effect->status >= 400 && !late) {
        instead = refused(effect->status, effect->code, op);  // what it refuses it refuses plainly
    }
    const Duration back = latency();
    if (!late) co_await pass(back);
    if (life_.dies(op, When::reply)) co_await life_.hang();
    if (instead) co_return *instead;
    if (effect->status >= 400) co_return refused(effect->status, effect->code, op);
    std::vector<InstanceChannel> rows;
    for (const InstanceChannel& row : effect->rows) {
        rows.push_back(row);
        if (!cloud_.temper().ids_answered) rows.back().id.clear();
    }
    witness_.answered(request, rows);
    co_return rows;
}

Task<Result<std::vector<GatewayInstance>>> CloudPort::instances(std::string) {
    co_return std::vector<GatewayInstance>();
}

Task<Result<bool>> CloudPort::name_modifiable(std::string, InstanceId) {
    auto failed = co_await ask(Op::features);
    if (failed) co_return *failed;
    if (stage_.strikes(Fault::features_fail)) co_return refused(500, "APIG.9999", Op::features);
    failed = co_await hear(Op::features);
    if (failed) co_return *failed;
    co_return false;
}

Task<Result<std::vector<Quota>>> CloudPort::quotas(std::string, InstanceId) {
    co_return std::vector<Quota>();
}

}  // namespace fairway::sim
