// Every way in which a create can be cut short: crash points, replies, numbers of instances.
#include <doctest/doctest.h>

#include <array>

#include "tests/simulation/report.hpp"

namespace fairway::sim {
namespace {

using namespace std::chrono_literals;

struct CrashPoint {
    const char* what;
    CrashPlan plan;
    Death death = Death::none;  ///< in the place of the plan
};
const std::array crash_points{
    CrashPoint{"CP0 nothing done", {Op::source_load, When::reply, 1}},
    CrashPoint{"CP1 looked", {Op::list, When::reply, 1}},
    CrashPoint{"CP2 rows judged", {Op::load, When::reply, 1}},
    CrashPoint{"CP3 ready to send", {Op::features, When::reply, 1}},
    CrashPoint{"CP4 the intent is not stored", {Op::save, When::before, 1}},
    CrashPoint{"CP5 the intent is durable", {Op::save, When::reply, 1}},
    CrashPoint{"CP6 some bytes are sent", {}, Death::first_bytes},
    CrashPoint{"CP7 all is sent, and nothing done", {}, Death::under_way},
    CrashPoint{"CP8 done on some instances", {}, Death::partly},
    CrashPoint{"CP9 done, and noted by nobody", {Op::create, When::effect, 1}},
    CrashPoint{"CP10 answered", {Op::create, When::reply, 1}},
    CrashPoint{"CP11 the answer is not stored", {Op::save, When::before, 2}},
    CrashPoint{"CP12 stored, and not confirmed", {Op::save, When::effect, 2}},
    CrashPoint{"CP13 stored", {Op::save, When::reply, 2}},
    CrashPoint{"CP14 in the wait", {Op::note, When::reply, 1}},
    CrashPoint{"CP15 after a look that decides", {Op::find, When::reply, 1}},
    CrashPoint{"CP16 before what follows", {Op::find, When::reply, 2}},
    CrashPoint{"CP17 before the row is ready", {Op::save, When::before, 3}},
};

struct Reply {
    const char* what;
    ScriptedReply reply;
};
const std::array replies{
    Reply{"none", {0, 0}},
    Reply{"reset", {10, 0, "", false, true}},
    Reply{"201 full", {10, 201, "", true}},
    Reply{"201 partial", {1, 201}},
    Reply{"201 garbage", {10, 201}},
    Reply{"400 APIG.3208 of our own, sent twice on the way", {10, 400, "APIG.3208"}},
    Reply{"429", {0, 429, "APIGW.0308"}},
    Reply{"429, done", {10, 429, "APIGW.0308"}},
    Reply{"429, done on one instance", {1, 429, "APIGW.0308"}},
    Reply{"500 after one instance", {1, 500, "APIG.3500"}},
    Reply{"504 from a proxy, done", {10, 504}},
};

TEST_CASE("a create that dies at any point, with any reply, is neither doubled nor lost") {
    Overrides no_faults;
    no_faults.some_faults = true;
    int cases = 0, crashed = 0;
    std::uint64_t seed = 0;
    for (const CrashPoint& crash : crash_points) {
        for (const Reply& reply : replies) {
            for (const unsigned instances : {1U, 2U, 10U}) {
                CAPTURE(crash.what);
                CAPTURE(reply.what);
                CAPTURE(instances);
                Options options = draw(++seed, no_faults);
                options.channels = 1;
                options.instances = instances;
                options.one_channel = true;
                options.chaos = 5min;
                options.edits = options.foreign_acts = options.source_faults = 0;
                options.time_crashes = options.shutdowns = 0;
                options.first_create = reply.reply;
                options.first_create->death = crash.death;
                options.crashes.clear();
                if (crash.death == Death::none) options.crashes = {crash.plan};
                World world(options, true);
                const Verdict verdict = world.run();
                if (!verdict.failure.empty()) {
                    for (const std::string& event : verdict.events) MESSAGE(event);
                }
                CHECK(verdict.failure == "");
                ++cases;
                crashed += verdict.counts.faults[static_cast<std::size_t>(Fault::crash_point)] > 0;
            }
        }
    }
    CHECK(cases == 594);
    CHECK(crashed >= 490);  // where the reply ends it all at once, some points are not reached
    MESSAGE(crashed << " of " << cases << " died");
}

}  // namespace
}  // namespace fairway::sim
