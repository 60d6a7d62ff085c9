#pragma once

#include <utility>  // before Asio's awaitable

#include <boost/asio/io_context.hpp>

#include "tests/simulation/planted_secrets.hpp"
#include "tests/simulation/timeline.hpp"
#include "tests/simulation/trace.hpp"

namespace fairway::sim {

/// What all parts of a world share.
struct Stage {
    Stage(const Options& drawn, bool keep_events)
        : options(drawn),
          timeline(drawn.seed),
          trace(keep_events),
          faults(drawn.seed, "faults"),
          slices(drawn.seed, "slices") {}

    /// Whether that fault strikes now. Counted.
    bool strikes(Fault fault) {
        const double rate = options.rate(fault);
        if (!faults_on || rate <= 0 || !faults.chance(rate)) return false;
        trace.hit(fault);
        trace.note(timeline.now(), "fault", to_string(fault));
        return true;
    }
    void note(std::string_view what, std::string_view who = {}, std::string_view detail = {}) {
        keeps_secrets(detail);
        trace.note(timeline.now(), what, who, detail);
    }
    /// What is told, logged or written shows none of the planted secrets (I13).
    void keeps_secrets(std::string_view text) {
        if (options.wire && shows_secret(text))
            broken("I13", "a secret is shown: " + std::string(text.substr(0, 300)));
    }
    void broken(std::string_view invariant, std::string_view detail) {
        trace.broken(timeline.now(), invariant, detail);
    }

    Options options;
    Timeline timeline;
    Trace trace;
    Stream faults;
    Stream slices;  ///< of answers on the wire
    bool faults_on = true;
    unsigned under_way = 0;  ///< writes that the cloud has yet to do, whoever waits
    std::size_t next_crash = 0;
    unsigned passings = 0;  ///< of the point where the next crash is to be
};

/// One life of the process: from a start to a crash or an orderly end. Only its own loop moves it.
class Life {
public:
    Life(Stage& stage, Timeline::Owner owner);
    /// Whatever still waits is torn down where it stands, as a crash does.
    ~Life();
    Life(const Life&) = delete;
    Life& operator=(const Life&) = delete;

    boost::asio::any_io_executor executor() { return loop_.get_executor(); }
    Clock& clock() { return clock_; }
    Stage& stage() { return stage_; }

    /// Whether the process dies at this point. The caller then awaits hang().
    bool dies(Op op, When when);
    Task<> hang();
    /// Dies here and now; `where` is for people.
    Task<> die(std::string_view where);
    /// Waits without being cancelled, as for an answer that always comes.
    Task<> pause(Duration duration);
    /// Does something later, unless the process is gone by then.
    void after(Duration pause, std::function<void()> what) {
        stage_.timeline.at(stage_.timeline.now() + pause, owner_, std::move(what));
    }
    void kill() { dead_ = true; }
    bool dead() const { return dead_; }

    /// Runs what is ready.
    void run_ready();
    /// Ends all that still waits, while what it refers to is still there.
    void tear_down();
    /// Whether nothing is left to do or to wait for.
    bool idle();

private:
    struct Loop : boost::asio::io_context {
        Loop() : io_context(1) {}
        using io_context::shutdown;
    };
    class VirtualClock : public Clock {
    public:
        explicit VirtualClock(Life& life) : life_(life) {}
        TimePoint now() const override { return life_.stage_.timeline.now(); }
        WallTime wall() const override { return life_.stage_.timeline.wall(); }
        Task<> sleep_until(TimePoint when) override;

    private:
        Life& life_;
    };

    Stage& stage_;
    Timeline::Owner owner_;
    Loop loop_;
    VirtualClock clock_;
    bool dead_ = false;
};

}  // namespace fairway::sim
