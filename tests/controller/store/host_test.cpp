// What the store asks of its machine, and in which order.
#include "tests/controller/store/store_world.hpp"

namespace fairway {
namespace {

/// The real machine, with what was asked of it.
class RecordingHost : public StoreHost {
public:
    std::vector<std::string> asked;

    const char* file_system() const override { return this_machine().file_system(); }
    Result<> prepare(const std::string& path, bool read_only) override {
        return this_machine().prepare(path, read_only);
    }
    Result<std::optional<FileLock>> lock(const std::string& path) override {
        return this_machine().lock(path);
    }
    Result<std::unique_ptr<SideFile>> open(const std::string& path, Use use) override {
        auto file = this_machine().open(path, use);
        if (!file) return file.error();
        if (use == Use::make) asked.push_back("make " + name_of(path));
        return std::unique_ptr<SideFile>(new File(*this, name_of(path), *std::move(file)));
    }
    void remove(const std::string& path) override { this_machine().remove(path); }
    bool sync_names(const std::string& path) override {
        asked.emplace_back("sync the names");
        return syncs && this_machine().sync_names(path);
    }
    std::unique_ptr<StoreRunner> runner() override { return this_machine().runner(); }
    bool syncs = true;
    bool reads = true;
    bool side_syncs = true;  ///< a sync of a file beside the store
    bool cuts_off = false;   ///< an append is done half, and fails

private:
    class File : public SideFile {
    public:
        File(RecordingHost& host, std::string name, std::unique_ptr<SideFile> file)
            : host_(host), name_(std::move(name)), file_(std::move(file)) {}
        std::optional<std::string> read(std::size_t most) override {
            if (host_.reads) return file_->read(most);
            return std::nullopt;
        }
        bool append(std::string_view text) override {
            if (!host_.cuts_off) return file_->append(text);
            file_->append(text.substr(0, text.size() / 2));
            return false;
        }
        bool replace(std::string_view text) override { return file_->replace(text); }
        bool sync() override {
            host_.asked.push_back("sync " + name_);
            return file_->sync() && host_.side_syncs;
        }
        bool rewrite() override {
            host_.asked.push_back("rewrite " + name_);
            return file_->rewrite();
        }

    private:
        RecordingHost& host_;
        std::string name_;
        std::unique_ptr<SideFile> file_;
    };
    static std::string name_of(const std::string& path) {
        return std::filesystem::path(path).filename().string();
    }
};

const ChannelKey web{"default", "web"}, shop{"default", "shop"};

Record intent() {
    Record record;
    record.phase = Phase::intent;
    record.intent_at = WallTime(std::chrono::hours(24 * 365 * 56));
    record.since = *record.intent_at;
    record.pending = ChannelSpec();
    return record;
}

Record created() {
    Record record = intent();
    record.phase = Phase::created;
    record.ids = {{"i1", "a"}};
    return record;
}

struct RecordedWorld : StoreWorld {
    RecordingHost host;
    RecordedWorld() { open_again(); }
    ~RecordedWorld() { store.reset(); }
    RecordedWorld(const RecordedWorld&) = delete;
    RecordedWorld& operator=(const RecordedWorld&) = delete;
    StoreOptions recorded() {
        StoreOptions wanted = options();
        wanted.host = &host;
        return wanted;
    }
    void open_again() {
        store.reset();
        host.asked.clear();
        auto opened = try_open(recorded());
        REQUIRE_MESSAGE(opened, opened.error().what());
        store = *std::move(opened);
    }
};

TEST_CASE("what an opened store made and removed stays so after a power cut") {
    RecordedWorld world;
    CHECK(world.host.asked == std::vector<std::string>{"make fairway.db.serial", "sync the names"});
    world.store.reset();
    world.host.syncs = false;
    CHECK(
        world.refusal(world.recorded()) ==
        "the store " + world.path + ": its directory cannot be synced to the disk"
    );
}

TEST_CASE("after an unclean end all is written once more, for a sync that failed may have dropped it") {
    RecordedWorld world;
    world.save(web, ready_record());
    RecordedWorld after;  // opens what a process that ended now would leave behind
    after.store.reset();
    const std::string file = read_bytes(world.path), log = read_bytes(world.path + "-wal");
    write_bytes(after.path, file);
    write_bytes(after.path + "-wal", log);
    std::filesystem::remove(after.path + ".serial");
    after.open_again();
    CHECK(
        after.host.asked ==
        std::vector<std::string>{
            "rewrite fairway.db", "rewrite fairway.db-wal", "make fairway.db.serial", "sync the names"}
    );
    CHECK(after.load(web).phase == Phase::ready);
    after.open_again();  // that one was closed
    CHECK(after.host.asked == std::vector<std::string>{"make fairway.db.serial", "sync the names"});
}

TEST_CASE("a file that is written once more is as it was") {
    const TempDir dir;
    std::string bytes(200'000, 'a');
    for (std::size_t i = 0; i < bytes.size(); i += 97) bytes[i] = static_cast<char>(i);
    write_bytes(dir.file("f"), bytes);
    const auto file = this_machine().open(dir.file("f"), StoreHost::Use::change);
    REQUIRE(file);
    CHECK((*file)->rewrite());
    CHECK(read_bytes(dir.file("f")) == bytes);
}

TEST_CASE("rescued ids are on the disk, and so is the name of their file") {
    RecordedWorld world;
    world.host.asked.clear();
    REQUIRE(world.store->rescue(web, created()));
    CHECK(
        world.host.asked ==
        std::vector<std::string>{"make fairway.db.rescue", "sync fairway.db.rescue", "sync the names"}
    );
}

TEST_CASE("ids that cannot be rescued are told and counted") {
    RecordedWorld world;
    const auto why = [&] {
        const Result<> rescued = world.store->rescue(web, created());
        return rescued ? std::string() : rescued.error().what();
    };
    const std::string file = "the file " + world.path + ".rescue cannot be ";
    world.host.cuts_off = true;
    CHECK(why() == file + "written");
    world.host.cuts_off = false;
    world.host.side_syncs = false;
    CHECK(why() == file + "synced to the disk");
    world.host.side_syncs = true;
    world.host.syncs = false;
    CHECK(why() == file + "kept: its directory cannot be synced to the disk");
    world.host.syncs = true;
    CHECK(why().empty());
    CHECK(world.metrics.failed["rescue"] == 3);
    CHECK(world.metrics.done["rescue"] == 1);
}

TEST_CASE("rescued ids that cannot be read are not taken for none") {
    RecordedWorld world;
    REQUIRE(world.run(world.store->save(web, intent())));
    REQUIRE(world.store->rescue(web, created()));
    world.store.reset();
    world.host.reads = false;
    CHECK(
        world.refusal(world.recorded()) == "the file " + world.path +
                                               ".rescue cannot be read: the disk reports an error; "
                                               "without it, what it tells of is looked for "
                                               "in the cloud"
    );
    world.host.reads = true;
    world.open_again();
    CHECK(world.load(web).phase == Phase::created);
}

TEST_CASE("ids that a full disk cut off do not spoil those that are rescued after them") {
    RecordedWorld world;
    REQUIRE(world.run(world.store->save(web, intent())));
    REQUIRE(world.run(world.store->save(shop, intent())));
    world.host.cuts_off = true;
    CHECK_FALSE(world.store->rescue(web, created()));
    world.host.cuts_off = false;
    REQUIRE(world.store->rescue(shop, created()));
    world.open_again();
    CHECK(world.load(web).phase == Phase::intent);
    CHECK(world.load(shop).phase == Phase::created);
}

TEST_CASE("a line that was cut off when the process died does not spoil the next life's") {
    RecordedWorld world;
    REQUIRE(world.run(world.store->save(shop, intent())));
    world.host.cuts_off = true;
    CHECK_FALSE(world.store->rescue(web, created()));
    world.host.cuts_off = false;
    world.open_again();
    REQUIRE(world.store->rescue(shop, created()));
    world.open_again();
    CHECK(world.load(shop).phase == Phase::created);
}

}  // namespace
}  // namespace fairway
