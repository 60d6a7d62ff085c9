#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "controller/store/file_lock.hpp"
#include "tests/controller/store/store_world.hpp"

extern char** environ;

namespace fairway {
namespace {

/// Another process that holds the store; killed when it goes.
class Holder {
public:
    explicit Holder(const std::string& path) {
        std::array<int, 2> in{}, out{};
        REQUIRE(pipe2(in.data(), O_CLOEXEC) == 0);
        REQUIRE(pipe2(out.data(), O_CLOEXEC) == 0);
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
        std::string program = FAIRWAY_STORE_HOLDER, argument = path;
        std::array<char*, 3> arguments{program.data(), argument.data(), nullptr};
        REQUIRE(
            posix_spawn(&process, program.c_str(), &actions, nullptr, arguments.data(), environ) == 0
        );
        posix_spawn_file_actions_destroy(&actions);
        close(in[0]);
        close(out[1]);
        input_ = in[1];
        for (char c = 0; ::read(out[0], &c, 1) == 1 && c != '\n';) said += c;
        close(out[0]);
    }
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;
    ~Holder() { kill_it(); }
    void kill_it() {
        if (process <= 0) return;
        kill(process, SIGKILL);
        waitpid(process, nullptr, 0);
        close(input_);
        process = 0;
    }
    pid_t process = 0;
    std::string said;

private:
    int input_ = -1;
};

}  // namespace

TEST_CASE("who holds a lock is told without taking it, and nobody holds one that is not there") {
    const TempDir temp;
    const std::string path = temp.file("lock");
    CHECK_FALSE(FileLock::holder_of(path));
    CHECK_FALSE(std::filesystem::exists(path));
    {
        const auto lock = FileLock::take(path, "store");
        REQUIRE(lock);
        CHECK(FileLock::holder_of(path) == "process " + std::to_string(getpid()));
        CHECK(FileLock::holder_of(path));
    }
    CHECK_FALSE(FileLock::holder_of(path));
    CHECK(FileLock::take(path, "store"));
}

TEST_CASE("a store that another process holds is refused, naming file and process, until that dies") {
    StoreWorld world;
    Holder holder(world.path);
    CHECK(holder.said == "held");
    auto opened = world.try_open(world.options());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().cls() == ErrorClass::refused);
    CHECK(
        opened.error().what() == "another Fairway holds the store " + world.path + " (process " +
                                     std::to_string(holder.process) + ")"
    );
    holder.kill_it();
    world.open();
    CHECK(world.store->lineage() == "feed");

    const Holder second(world.path);
    CHECK(
        second.said ==
        "another Fairway holds the store " + world.path + " (process " + std::to_string(getpid()) + ")"
    );
}

TEST_CASE("two stores of one process do not share a file either") {
    StoreWorld world;
    world.open();
    auto opened = world.try_open(world.options());
    REQUIRE_FALSE(opened);
    CHECK(opened.error().cls() == ErrorClass::refused);
    world.store.reset();
    world.open();
}

TEST_CASE("a reader works beside the writer, sees what is committed and cannot write") {
    StoreWorld world;
    world.open();
    const ChannelKey web{"default", "web"};
    world.save(web, ready_record());

    StoreOptions options = world.options();
    options.read_only = true;
    auto reader = world.try_open(options);
    REQUIRE_MESSAGE(reader, reader.error().what());
    CHECK((*reader)->lineage() == world.store->lineage());
    CHECK(world.run((*reader)->load_all())->size() == 1);
    world.save({"default", "shop"}, ready_record());
    CHECK(world.run((*reader)->load_all())->size() == 2);
    std::vector<StoredObservation> seen(1);
    seen[0].key = web;
    seen[0].seen.rows = {seen_row("web", "i1")};
    CHECK(world.run(world.store->observe(seen)));
    CHECK(world.run((*reader)->observations())->size() == 1);

    const auto refused = world.run((*reader)->save({"default", "new"}, ready_record()));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().cls() == ErrorClass::terminal);
    CHECK(refused.error().what().find("opened for reading only") != std::string::npos);
    CHECK_FALSE(world.run((*reader)->forget(web)));
    CHECK_FALSE(world.run((*reader)->note({})));
    CHECK(world.run((*reader)->load(web)));  // still reads

    world.store.reset();  // and after the writer has gone
    CHECK(world.run((*reader)->load_all())->size() == 2);
    CHECK(world.run((*reader)->history({}, 10))->empty());
}

TEST_CASE("a reader finds nothing where nothing was run yet") {
    StoreWorld world;
    StoreOptions options = world.options();
    options.read_only = true;
    const auto opened = world.try_open(options);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().cls() == ErrorClass::not_found);
    CHECK_FALSE(std::filesystem::exists(world.path));
    write_bytes(world.path, "");
    CHECK(
        world.refusal(options) == "the store " + world.path + " is empty: nothing was run with it yet"
    );
}

TEST_CASE("a lock file that cannot be made is told with its name") {
    const TempDir dir;
    const auto taken = FileLock::take(dir.file("no/such.lock"), "x");
    REQUIRE_FALSE(taken);
    CHECK(
        taken.error().what() ==
        "the lock file " + dir.file("no/such.lock") + ": No such file or directory"
    );
}

}  // namespace fairway
