// Where the state is kept.
#include "controller/app/config/config_files.hpp"
#include "tests/controller/config/desk.hpp"

namespace fairway {
namespace {

TEST_CASE("state is kept where nobody else can write, and apart from manifests") {
    Desk desk;
    CHECK(desk.trouble("state: {sqlite: not/yet/there.db}\n") == "");
    CHECK(desk.trouble("state: {}\n").find("state.sqlite: is missing") != std::string::npos);
    CHECK(
        desk.trouble("state: {etcd: {}}\n")
            .find("state.etcd: this version keeps its state in SQLite only") != std::string::npos
    );
    CHECK(
        desk.trouble("state: {sqlite: state/f.db}\nsources: [{name: a, directory: state/manifests}]\n")
            .find("sources[0].directory: lies in the directory of the state, state") != std::string::npos
    );
    CHECK(
        desk.trouble("state: {sqlite: state/f.db}\nsources: [{name: a, directory: state}]\n")
            .find("lies in the directory") != std::string::npos
    );
    CHECK(
        desk.trouble("state: {sqlite: state/f.db}\nsources: [{name: a, directory: state-of-things}]\n"
        ) == ""
    );
    fs::create_directory_symlink(desk.dir.file("state"), desk.dir.file("elsewhere"));
    CHECK(
        desk.trouble("state: {sqlite: state/f.db}\nsources: [{name: a, directory: elsewhere/x}]\n")
            .find("lies in the directory") != std::string::npos
    );
    CHECK(desk.trouble("state: {sqlite: state/f.db, witness: other/serial}\n") == "");
    CHECK(
        desk.trouble("state: {sqlite: state/f.db, witness: state/serial}\n")
            .find("state.witness: lies in the directory of the state") != std::string::npos
    );
    desk.dir.write("other/serial", "");
    fs::permissions(desk.dir.file("other"), fs::perms::owner_all | fs::perms::group_write);
    CHECK(
        desk.trouble("state: {sqlite: state/f.db, witness: other/serial}\n")
            .find("state.witness: others can write to other") != std::string::npos
    );
    const auto others_can = [&](const std::string& what, fs::perms wide) {
        fs::permissions(desk.dir.file("state"), fs::perms::owner_all | wide);
        CHECK(
            desk.trouble("state: {sqlite: state/f.db}\n") ==
            "fairway.yaml:6:17: state.sqlite: others can " + what +
                " state; name a file in a directory " + "of Fairway's own, mode 0700\n"
        );
    };
    others_can("write to", fs::perms::group_write);
    others_can("write to", fs::perms::others_write);
    others_can("write to", fs::perms::others_all);
    for (const auto wide :
         {fs::perms::group_read, fs::perms::group_exec, fs::perms::others_read, fs::perms::others_exec})
        others_can("look into", wide);
}

TEST_CASE("a state in another kind of store is refused with its key and place") {
    Desk desk;
    for (const std::string etcd :
         {"{endpoints: [\"https://a:2379\"]}", "{}", "\"https://a:2379\"", "[]"}) {
        CAPTURE(etcd);
        CHECK(
            desk.trouble("state: {etcd: " + etcd + "}\n") ==
            "fairway.yaml:6:9: state.etcd: this version keeps its state in SQLite only; write sqlite: "
            "FILE\n"
        );
    }
    CHECK(
        desk.trouble("state: {etc: {}}\n").find("fairway.yaml:6:9: state.etc: unknown key") !=
        std::string::npos
    );
}

TEST_CASE("state is in one place: not in two, and not in none where it is spoken of") {
    Desk desk;
    const std::string both = desk.trouble("state: {sqlite: state/f.db, etcd: {endpoints: [a]}}\n");
    CHECK(both.find("fairway.yaml:6:29: state.etcd: this version keeps its state in SQLite only") == 0);
    CHECK(desk.trouble("state: {}\n").find("fairway.yaml:6:8: state.sqlite: is missing") == 0);
    CHECK(desk.trouble("state: ~\n").find("state: is null") != std::string::npos);
    CHECK(desk.trouble("") == "");  // left out, it is where the documentation says
    CHECK(good(desk).sqlite == "/var/lib/fairway/fairway.db");
}

TEST_CASE("state on a network file system is warned of, and nothing else is asked for it") {
    Desk desk;
    std::string asked;
    long kind = 0x6969;
    desk.file_system = [&](const std::string& folder) {
        asked = folder;
        return kind;
    };
    desk.rest = "state: {sqlite: state/f.db}\n";
    for (const auto& [number, name] : std::map<long, std::string>{
             {0x6969, "NFS"}, {0xFF534D42, "CIFS"}, {0xFE534D42, "SMB2"}, {0x00C36400, "Ceph"}}) {
        kind = number;
        const ConfigResult result = desk.load();
        CHECK(result.config);  // goes on
        CAPTURE(desk.told(result));
        CHECK(
            desk.told(result).find(
                "fairway.yaml:6:17: warning: state.sqlite: lies on a network file system (" + name + ")"
            ) != std::string::npos
        );
    }
    CHECK(asked == desk.dir.file("state"));
    desk.rest.clear();  // where the state is kept when nobody says where is looked at all the same
    CHECK(
        desk.told(desk.load()).find("state.sqlite: lies on a network file system") != std::string::npos
    );
    CHECK(asked == "/var/lib/fairway");
    desk.rest = "state: {sqlite: state/f.db}\n";
    for (const long local : {0xEF53L, 0x58465342L, 0x9123683EL, 0x01021994L, 0x794C7630L, 0L}) {
        kind = local;
        CHECK(desk.told(desk.load()) == "");
    }
    CHECK(file_system_of(desk.dir.path()) != 0);
    CHECK(file_system_of(desk.dir.file("none")) == 0);
}

}  // namespace
}  // namespace fairway
