#include "controller/app/deletion_pacer.hpp"

#include <doctest/doctest.h>

#include <boost/asio/io_context.hpp>
#include <sstream>

#include "controller/async/task_group.hpp"
#include "tests/support/sim_clock.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;
using Progress = DeletionPacer::Progress;

struct Desk {
    Desk()
        : pacer(
              context.get_executor(), clock, log,
              {[this]() -> Task<bool> { co_return still_wanted; },
               [this](const ChannelKey& key, const DeletionPacer::Deletion& deletion) {
                   started.push_back(key.name + "@" + deletion.wish);
               },
               [this](const ChannelKey& key) {
                   const auto it = progress.find(key.name);
                   return it == progress.end() ? Progress::gone : it->second;
               }}
          ) {}

    boost::asio::io_context context;
    SimClock clock{context};
    std::ostringstream told;
    Log log{LogOptions(), told};
    bool still_wanted = true;
    std::map<std::string, Progress> progress;  ///< of what is not gone a minute later
    std::vector<std::string> started;
    DeletionPacer pacer;

    void due(const std::string& project, const std::vector<std::string>& names) {
        DeletionPacer::Due all;
        for (const std::string& name : names)
            all.emplace(ChannelKey{project, name}, DeletionPacer::Deletion{Delete{}, "r1"});
        pacer.set_due(project, std::move(all));
    }
    void live(Duration length) { clock.run(work(length)); }

private:
    Task<> work(Duration length) {
        TaskGroup group(context.get_executor());
        group.spawn(pacer.run());
        co_await clock.sleep_until(clock.now() + length);
        group.cancel();
        co_await group.join();
    }
};

std::vector<std::string> names(int count) {
    std::vector<std::string> all;
    for (int i = 0; i < count; ++i) all.push_back("c" + std::to_string(100 + i));
    return all;
}

TEST_CASE("one channel goes first, then ten a minute") {
    Desk desk;
    desk.due("p", names(25));
    desk.live(30s);
    CHECK(desk.started.size() == 1);
    desk.due("p", names(25));
    desk.live(150s);
    CHECK(desk.started.size() == 1 + 1 + 10 + 10);
    CHECK(desk.started.front() == "c100@r1");
}

TEST_CASE("what is in use keeps nothing else back, and proves nothing") {
    Desk desk;
    desk.progress = {{"c100", Progress::blocked}, {"c101", Progress::blocked}};
    desk.due("p", names(14));
    desk.live(170s);  // three turns of one channel each: the third is the first that goes
    CHECK(desk.started == std::vector<std::string>{"c100@r1", "c101@r1", "c102@r1"});
    desk.started.clear();
    desk.due("p", names(14));
    desk.live(200s);
    CHECK(desk.started.size() == 3 + 10);
}

TEST_CASE("any other failure stops all until the next survey") {
    Desk desk;
    desk.progress = {{"c100", Progress::failing}};
    desk.due("p", names(5));
    desk.live(10min);
    CHECK(desk.started.size() == 1);
    CHECK(desk.told.str().find("deleting stops") != std::string::npos);
}

TEST_CASE("manifests that do not read the same a second time delete nothing") {
    Desk desk;
    desk.still_wanted = false;
    desk.due("p", names(5));
    desk.live(10min);
    CHECK(desk.started.empty());
}

TEST_CASE("what is forgotten is not started, and its projects are told") {
    Desk desk;
    desk.due("p", names(3));
    desk.due("q", names(1));
    CHECK(desk.pacer.forget_due() == std::set<std::string>{"p", "q"});
    desk.live(10min);
    CHECK(desk.started.empty());
    CHECK(desk.pacer.forget_due().empty());
}

}  // namespace
}  // namespace fairway
