#include "tests/simulation/world.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>

#include "tests/simulation/wire.hpp"

namespace fairway::sim {
namespace {

using namespace std::chrono_literals;

/// The slowest that healing can be: a wait for a quota or refused credentials (5 min), one for somebody
/// who kept changing what we put right (30 min), the patience of deletions (10 min), each after a
/// survey.
constexpr Duration longest_heal = 60min;
/// Ten seconds of grace, and a store that is slow to answer.
constexpr Duration longest_shutdown = 10s + 1s;

}  // namespace

/// What the daemon tells in its metrics.
class World::Told : public NoMetrics {
public:
    void prune_blocked(std::string_view, PruneBlock block, std::size_t count) override {
        blocked[static_cast<std::size_t>(block)] = count;
    }
    void list_finished(std::string_view, ListResult result, WallTime) override {
        if (result == ListResult::complete) ++lists;
    }
    std::size_t blocked_for_good() const {
        std::size_t sum = 0;
        for (const PruneBlock block : all_prune_blocks) {
            if (block != PruneBlock::delay) sum += blocked[static_cast<std::size_t>(block)];
        }
        return sum;
    }
    std::size_t delayed() const { return blocked[static_cast<std::size_t>(PruneBlock::delay)]; }

    std::array<std::size_t, all_prune_blocks.size()> blocked{};
    std::size_t lists = 0;
};

struct World::Process {
    Process(World& world, unsigned number)
        : life(world.stage_, number),
          entropy(Stream(world.stage_.options.seed, "entropy" + std::to_string(number))),
          log(make_log(world)) {
        DaemonSession::Parts parts;
        auto made_store = world.open_store(life, metrics);
        if (!made_store) return;
        store = made_store.get();
        auto made_source = std::make_unique<SimSource>(life, world.wishes_);
        source = made_source.get();
        const Core::Ports ports{*made_store, metrics, life.clock(), entropy};
        auto cloud = std::make_unique<CloudPort>(life, world.cloud_, world.checks_);
        std::unique_ptr<ChannelApi> api;
        if (world.stage_.options.wire) {
            api = over_the_wire(life, std::move(cloud), entropy, metrics);
        } else {
            api = std::move(cloud);
        }
        parts.core = std::make_unique<Core>(
            std::move(api), world.config_, ports,
            DaemonSession::core_options(world.config_, store->lineage())
        );
        parts.store = std::move(made_store);
        parts.source = std::move(made_source);
        session = std::make_unique<DaemonSession>(
            life.executor(), world.config_, DaemonSession::Ports{life.clock(), entropy, metrics, log},
            std::move(parts)
        );
        spawn(session->run(), [this](bool well) {
            over = true;
            failed = failed || !well;
        });
    }
    ~Process() { close(); }
    /// Ends what still waits, and then all that it refers to; the store closes its files.
    void close() {
        life.tear_down();
        session.reset();
    }

    Log make_log(World& world) {
        const Options& drawn = world.stage_.options;
        if (!drawn.operator_approves && !drawn.wire) return Log::mute();
        LogOptions options;
        options.level = drawn.wire ? LogLevel::info : LogLevel::warn;
        options.now = [] { return WallTime(); };
        return Log(std::move(options), said);
    }
    void spawn(Task<Result<>> task, std::function<void(bool)> ended) {
        boost::asio::co_spawn(
            life.executor(), std::move(task),
            [ended = std::move(ended)](const std::exception_ptr& thrown, const Result<>& result) {
                ended(!thrown && result);
            }
        );
    }
    void stop() {
        stopping = true;
        boost::asio::co_spawn(life.executor(), session->stop(), [this](const std::exception_ptr&) {
            stopped = true;
        });
    }

    Life life;
    SimEntropy entropy;
    Told metrics;
    std::ostringstream said;
    Log log;
    WatchedStore* store = nullptr;
    SimSource* source = nullptr;
    std::unique_ptr<DaemonSession> session;  ///< null: the store could not be opened
    bool over = false, failed = false, stopping = false, stopped = false;
    unsigned instructing = 0;  ///< the daemon too waits for what a person was telling it
    TimePoint stop_by{};
};

World::World(const Options& options, bool keep_events)
    : stage_(options, keep_events),
      wishes_(stage_),
      checks_(stage_, disk_, wishes_),
      cloud_(stage_, checks_),
      fate_(options.seed, "fate"),
      foreign_(options.seed, "foreign"),
      config_(config()) {
    checks_.watch(cloud_);
    disk_.on_forget = [this](const Record& record) { checks_.forgets(record); };
    disk_.on_save = [this](const ChannelKey& key, const Record& record) { checks_.saves(key, record); };
    if (options.store) real_ = std::make_unique<RealDisk>(stage_, disk_);
    stage_.trace.counts.worlds = 1;
}

World::~World() {
    // In a world that ended early the store still has work, whose answers nobody may be waiting for
    // later.
    if (process_ && real_) real_->host.ends(false);
}

Config World::config() const {
    const Options& drawn = stage_.options;
    Config config;
    ProjectEndpoint project;
    project.name = "p";
    config.projects.push_back(std::move(project));
    config.reconcile.drift_interval = drawn.drift_interval;
    config.reconcile.prune = drawn.prune;
    config.reconcile.allow_empty = drawn.allow_empty;
    config.reconcile.delete_adopted = drawn.delete_adopted;
    config.reconcile.deletion_budget = drawn.budget;
    config.reconcile.workers = drawn.workers;
    return config;
}

void World::start() {
    restart_.reset();
    stage_.note("start");
    checks_.new_life();
    process_ = std::make_unique<Process>(*this, ++lives_);
    checks_.rows_are_legal();
    if (!process_->session) return crash(process_->life.dead() ? cut_off() : End::orderly);
    checks_.given(process_->source);
    if (stage_.faults_on && stage_.options.rate(Fault::shutdown) > 0 && fate_.chance(0.1)) {
        stage_.timeline.after(fate_.between(0ms, 4ms), [this] { shut_down(); });  // while it starts
    }
}

std::unique_ptr<WatchedStore> World::open_store(Life& life, Metrics& metrics) {
    if (real_) return RealStore::open(life, *real_, metrics);
    return std::make_unique<SimStore>(life, disk_);
}

World::End World::cut_off() {
    return stage_.strikes(Fault::power_cut) ? End::power_cut : End::killed;
}

void World::crash(End how) {
    if (process_) {
        checks_.given(nullptr);
        stage_.keeps_secrets(process_->said.str());
        if (real_) real_->host.ends(how == End::orderly);
        process_->close();
        if (real_ && how == End::orderly && process_->life.dead()) how = cut_off();  // while it ended
        if (real_) real_->host.ends(false);
        process_.reset();
    }
    if (how == End::power_cut) {
        stage_.note("power cut");
        if (real_) {
            real_->host.disk().power_cut();
            real_->promises.power_cut();
        } else {
            disk_.unsynced.clear();
        }
        if (auto undone = std::exchange(disk_.last, std::nullopt)) {
            disk_.rows.erase(undone->first);
            if (undone->second) disk_.rows.emplace(undone->first, *undone->second);
        }
    }
    checks_.new_life();
    const Duration pause = healing_ ? Duration(1s) : fate_.between(1s, 40s);
    if (!restart_) restart_ = stage_.timeline.after(pause, [this] { start(); });
}

void World::shut_down() {
    if (!process_ || process_->stopping) return;
    stage_.note("shutdown");
    process_->stop_by = stage_.timeline.now() + longest_shutdown;
    process_->stop();
}

void World::tend() {
    if (!process_) return;
    process_->life.run_ready();
    if (stage_.options.wire && process_->session) {
        for (const auto& [key, condition] : process_->session->dispatcher().conditions())
            stage_.keeps_secrets(condition.why);
    }
    if (disk_.uses != uses_seen_) {
        uses_seen_ = disk_.uses;
        checks_.approve_wanted_deletions();
    }
    if (process_->life.dead()) return crash(cut_off());
    if (process_->stopping) {
        if (process_->stopped && process_->over && process_->instructing == 0) {
            if (!process_->life.idle()) stage_.broken("I15", "a coroutine outlives the shutdown");
            stage_.note("stopped");
            return crash(End::orderly);
        }
        if (stage_.timeline.now() > process_->stop_by)
            stage_.broken("I15", "the shutdown takes too long");
        return;
    }
    if (process_->over) {
        if (!process_->failed) stage_.broken("I15", "the daemon ended by itself");
        stage_.note("exit");
        return crash(End::orderly);
    }
    if (process_->store->stopped() && !care_) {
        stage_.note("the store has stopped");
        // Somebody sees it, and starts the daemon again.
        care_ = stage_.timeline.after(healing_ ? Duration(1s) : fate_.between(1s, 60s), [this] {
            care_.reset();
            shut_down();
        });
    }
}

void World::run_until(TimePoint when) {
    tend();
    while (!stage_.trace.failed() && stage_.timeline.step(when)) {
        tend();
        checks_.at_every_moment();
    }
}

/// A person reads the log, and approves what was refused.
void World::approve() {
    if (!process_ || process_->stopping) return;
    const std::string said = process_->said.str();
    constexpr std::string_view ask = "fairway approve ";
    const std::size_t at = said.rfind(ask);
    if (at == std::string::npos) return;
    Instruction instruction;
    instruction.directive.kind = Directive::Kind::approval;
    instruction.directive.subject = said.substr(at + ask.size(), 16);
    instruction.directive.until = stage_.timeline.wall() + std::chrono::hours(1);
    lists_seen_ = process_->metrics.lists;  // what it lets go comes with the next survey
    stage_.note("approve", instruction.directive.subject);
    ++process_->instructing;
    process_->spawn(process_->session->instruct(std::move(instruction)), [this](bool) {
        if (process_) --process_->instructing;
    });
}

void World::heal() {
    stage_.note("heal");
    stage_.faults_on = false;
    healing_ = true;
    wishes_.heal();
    // What the cloud refused as it is, or a disk error stopped, only a new start tries again.
    if (process_) {
        shut_down();
    } else if (!restart_) {
        start();
    }
}

bool World::converged(bool tell) {
    if (!process_ || process_->stopping) {
        if (tell) stage_.broken("I10", "no process is at work");
        return false;
    }
    const Dispatcher& dispatcher = process_->session->dispatcher();
    const Told& told = process_->metrics;
    const std::size_t moves = checks_.writes() + disk_.revision + 1000 * disk_.rows.size();
    if (moves != writes_seen_ || told.lists < lists_seen_) {
        writes_seen_ = moves;  // what waits behind it is judged by the next survey
        lists_seen_ = told.lists;
    }
    bool waiting = dispatcher.active() > 0 || dispatcher.waiting() > 0 || told.delayed() > 0 ||
                   told.lists < lists_seen_ + 2 || stage_.under_way > 0;
    for (const auto& [key, condition] : dispatcher.conditions()) {
        if (condition.state != ChannelState::deleting) continue;
        waiting = true;
        if (tell) stage_.note("still deleting", key.name, condition.why);
    }
    if (waiting && !tell) return false;
    if (waiting) stage_.note("not idle", {}, std::to_string(dispatcher.waiting()));
    return checks_.settled(dispatcher.conditions(), told.blocked_for_good(), tell) && !waiting;
}

void World::live_on() {
    const TimePoint began = stage_.timeline.now();
    while (!stage_.trace.failed() && !converged(false)) {
        if (stage_.timeline.now() - began > longest_heal) {
            if (!converged(true) && !stage_.trace.failed()) stage_.broken("I10", "work does not end");
            return;
        }
        if (stage_.options.operator_approves && foreign_.chance(0.02)) approve();
        run_until(stage_.timeline.now() + 10s);
    }
    healed_in_ = stage_.timeline.now() - began;
    const std::size_t writes = checks_.writes();
    const std::uint64_t version = cloud_.version();
    run_until(stage_.timeline.now() + 3 * stage_.options.drift_interval + 10s);
    if (checks_.writes() != writes) stage_.broken("I11", "writes in a quiet world");
    if (cloud_.version() != version) stage_.broken("I11", "a quiet world changes");
    if (!stage_.trace.failed()) converged(true);
}

void World::audit() {
    if (stage_.trace.failed()) return;
    stage_.note("audit");
    const auto rows = disk_.rows;
    const std::size_t writes = checks_.writes();
    // A note of a delete that no commit made durable counts until the power goes.
    const bool forgets =
        std::any_of(disk_.unsynced.begin(), disk_.unsynced.end(), [](const HistoryEntry& entry) {
            return entry.action == "delete";
        });
    crash(forgets ? End::killed : End::power_cut);
    run_until(stage_.timeline.now() + 3min + 2 * stage_.options.drift_interval);
    if (checks_.writes() != writes) stage_.broken("I11", "a restart writes in a quiet world");
    for (const auto& [key, record] : rows) {
        const auto now = disk_.rows.find(key);
        if (now == disk_.rows.end() || now->second.revision != record.revision)
            stage_.broken("I16", "a restart changes the row of " + key.name);
    }
    if (!stage_.trace.failed()) {
        shut_down();
        run_until(stage_.timeline.now() + longest_shutdown);
    }
}

Verdict World::run() {
    schedule_chaos();
    if (stage_.options.takes_over) plant_all();
    start();
    run_until(TimePoint{} + stage_.options.chaos);
    heal();
    live_on();
    audit();
    Verdict verdict;
    verdict.seed = stage_.options.seed;
    verdict.hash = stage_.trace.hash();
    verdict.invariant = stage_.trace.invariant();
    verdict.failure = stage_.trace.failure().value_or("");
    verdict.events = stage_.trace.events();
    verdict.options = to_string(stage_.options);
    verdict.counts = stage_.trace.counts;
    verdict.healed_in = healed_in_;
    return verdict;
}

Verdict run_world(std::uint64_t seed, const Overrides& overrides, bool keep_events) {
    World world(draw(seed, overrides), keep_events);
    return world.run();
}

}  // namespace fairway::sim
