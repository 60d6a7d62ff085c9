// Files that hold secrets.
#include "controller/app/config/config_secrets.hpp"

#include <fstream>
#include <utility>

#include "tests/controller/api/certificates.hpp"
#include "tests/controller/config/desk.hpp"

namespace fairway {
namespace {

TEST_CASE("a secret file is one line that others cannot read") {
    Desk desk;
    const auto with = [&](const std::string& content, fs::perms mode = fs::perms::owner_read) {
        desk.dir.write("keys/nacos", content, mode);
        return desk.trouble("secrets: [{name: nacos, file: keys/nacos}]\n");
    };
    CHECK(with("abc") == "");
    CHECK(with("abc\n") == "");
    CHECK(with("abc\r\n") == "");
    CHECK(with("").find("is empty") != std::string::npos);
    CHECK(with("\n").find("is empty") != std::string::npos);
    CHECK(with("abc\n\n").find("has several lines") != std::string::npos);
    CHECK(with("abc\ndef\n").find("has several lines") != std::string::npos);
    CHECK(with(std::string("a\0b", 3)).find("bytes that are no text") != std::string::npos);
    CHECK(with("\xFF").find("bytes that are no text") != std::string::npos);
    CHECK(with(std::string(1024 * 1024, 'x')).find("is larger than 65536 bytes") != std::string::npos);
    for (const auto wide : {fs::perms::group_read, fs::perms::others_read, fs::perms::others_write}) {
        CHECK(
            with("abc", fs::perms::owner_read | wide)
                .find("keys/nacos can be read by others; chmod 600 it") != std::string::npos
        );
    }
}

TEST_CASE("a secret may be reached through a link, and must be there") {
    Desk desk;
    desk.dir.write("keys/real", "abc");
    fs::create_symlink(desk.dir.file("keys/real"), desk.dir.file("keys/link"));
    CHECK(desk.trouble("secrets: [{name: nacos, file: keys/link}]\n") == "");
    CHECK(
        desk.trouble("secrets: [{name: nacos, file: keys/none}]\n")
            .find("keys/none cannot be read: No such file") != std::string::npos
    );
    CHECK(
        desk.trouble("secrets: [{name: nacos, file: keys}]\n").find("is a directory") !=
        std::string::npos
    );
}

TEST_CASE("a link does not make a file better than it is") {
    Desk desk;
    desk.dir.write("keys/open", "abc", fs::perms::owner_read | fs::perms::others_read);
    fs::create_symlink(desk.dir.file("keys/open"), desk.dir.file("keys/link"));
    CHECK(
        desk.trouble("secrets: [{name: nacos, file: keys/link}]\n").find("can be read by others") !=
        std::string::npos
    );
    fs::create_symlink(desk.dir.file("keys/loop"), desk.dir.file("keys/loop"));
    CHECK(
        desk.trouble("secrets: [{name: nacos, file: keys/loop}]\n").find("cannot be read") !=
        std::string::npos
    );
}

TEST_CASE("a secret file belongs to us or to root, whatever its mode") {
    constexpr uid_t us = 1000, other = 1001, root = 0;
    CHECK_FALSE(secret_file_trouble(0600, us, us));
    CHECK_FALSE(secret_file_trouble(0400, root, us));
    for (const mode_t mode : {0600U, 0400U, 0644U}) {
        const auto trouble = secret_file_trouble(mode, other, us);
        REQUIRE(trouble);
        CHECK(trouble->wrong == "belongs to another user");
    }
    for (const mode_t mode : {0644U, 0640U, 0604U, 0610U, 0602U}) {
        const auto trouble = secret_file_trouble(mode, us, us);
        REQUIRE(trouble);
        CHECK(trouble->wrong == "can be read by others");
    }
}

TEST_CASE("whatever a file's secret is for, others must not be able to read it") {
    Desk desk;
    const testing::Made made{testing::Recipe{}};
    desk.dir.write("cert.pem", made.certificate());
    desk.dir.write("known", "host ssh-ed25519 AAAA\n");
    const std::string start =
        "projects:\n  - name: default\n    project_id: 73d69ae0cfcf460190522d06b60f05ad\n"
        "    region: cn-north-4\n";
    const std::string key =
        "    credentials: {access_key: {env: ACCESS_KEY}, secret_key: {file: keys/secret}}\n";
    const std::string git =
        key + "sources:\n  - name: channels\n    git: {branch: main, url: \"https://g.example/x\", ";
    const std::string ssh =
        key + "sources:\n  - name: channels\n    git: {branch: main, url: \"ssh://git@g.example/x\", ";
    const std::string token(20, 't'),
        pem = made.key(),
        ssh_key = "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n-----END OPENSSH PRIVATE KEY-----\n";
    const std::vector<std::pair<std::string, std::string>> kinds{
        {"    credentials: {access_key: {file: S}, secret_key: {file: keys/secret}}\n", token},
        {"    credentials: {access_key: {env: ACCESS_KEY}, secret_key: {file: S}}\n", token},
        {"    credentials: {access_key: {env: ACCESS_KEY}, secret_key: {file: keys/secret}, "
         "security_token: {file: S}}\n",
         token},
        {"    credentials: {user: u, domain: d, password: {file: S}}\n", token},
        {"    client_certificate: cert.pem\n    client_key: {file: S}\n" + key, pem},
        {"    proxy: {url: \"http://p:1\", user: u, password: {file: S}}\n" + key, token},
        {key + "proxy: {url: \"http://p:1\", user: u, password: {file: S}}\n", token},
        {key + "secrets: [{name: nacos, file: S}]\n", token},
        {key + "server: {token: {file: S}}\n", token},
        {key + "server: {tls: {certificate: cert.pem, key: {file: S}}}\n", pem},
        {git + "credentials: {token: {file: S}}}\n", token},
        {git + "credentials: {user: u, password: {file: S}}}\n", token},
        {git + "proxy: {url: \"http://p:1\", user: u, password: {file: S}}}\n", token},
        {ssh + "known_hosts: known, key_file: S}\n", ssh_key}};
    for (auto [text, value] : kinds) {
        text.replace(
            text.find(" S}") == std::string::npos ? text.find("S}") : text.find(" S}") + 1, 1, "keys/it"
        );
        CAPTURE(text);
        const std::string state = "state: {sqlite: state/fairway.db}\n";
        for (const auto others : {fs::perms::others_read, fs::perms::group_read}) {
            desk.dir.write("keys/it", value, fs::perms::owner_read | others);
            CHECK(
                desk.told(desk.load_text(start + text + state))
                    .find("keys/it can be read by others; chmod 600 it") != std::string::npos
            );
        }
        fs::permissions(desk.dir.file("keys/it"), fs::perms::owner_read);
        CHECK(desk.told(desk.load_text(start + text + state)) == "");
    }
}

TEST_CASE("a credential of systemd is read by its name, as systemd places it") {
    Desk desk;
    const std::string folder = desk.dir.file("credentials");
    const std::string asks = "secrets: [{name: nacos, credential: nacos}]\n";
    const auto with = [&](fs::perms mode) {
        desk.dir.write("credentials/nacos", "abc\n", mode);
        return desk.trouble(asks);
    };
    CHECK(
        desk.trouble(asks).find("no credentials were given to this process; start it by systemd with "
                                "LoadCredential=nacos:PATH") != std::string::npos
    );
    desk.variables["CREDENTIALS_DIRECTORY"] = "relative";
    CHECK(desk.trouble(asks).find("no credentials were given") != std::string::npos);

    desk.variables["CREDENTIALS_DIRECTORY"] = folder;
    CHECK(desk.trouble(asks).find("cannot be read: No such file") != std::string::npos);
    CHECK(with(fs::perms::owner_read) == "");
    CHECK(good(desk).secrets.at("nacos").reveal() == "abc");
    CHECK(with(fs::perms::owner_read | fs::perms::group_read) == "");  // how its access list shows
    for (const auto wide : {fs::perms::group_write, fs::perms::others_read}) {
        CHECK(with(fs::perms::owner_read | wide).find("can be read by others") != std::string::npos);
    }
    // By its path it is the same file; another folder's is not systemd's.
    desk.dir.write("credentials/nacos", "abc", fs::perms::owner_read | fs::perms::group_read);
    const std::string by_path = "secrets: [{name: nacos, file: credentials/nacos}]\n";
    CHECK(desk.trouble(by_path) == "");
    desk.variables.erase("CREDENTIALS_DIRECTORY");
    CHECK(desk.trouble(by_path).find("can be read by others") != std::string::npos);
}

TEST_CASE("a credential's name leads nowhere else, and its link to no worse file") {
    Desk desk;
    desk.dir.write("keys/open", "abc", fs::perms::owner_read | fs::perms::group_read);
    fs::create_directory(desk.dir.file("credentials"));
    fs::create_symlink(desk.dir.file("keys/open"), desk.dir.file("credentials/link"));
    desk.variables["CREDENTIALS_DIRECTORY"] = desk.dir.file("credentials");
    for (const std::string& name : {"../keys/open", "/etc/shadow", "..", "a/b", ".hidden"}) {
        CAPTURE(name);
        CHECK(
            desk.trouble("secrets: [{name: nacos, credential: '" + name + "'}]\n")
                .find("secrets[0].credential: ") != std::string::npos
        );
    }
    CHECK(
        desk.trouble("secrets: [{name: nacos, credential: link}]\n").find("can be read by others") !=
        std::string::npos
    );
    CHECK(
        desk.trouble("secrets: [{name: nacos, credential: nacos, file: keys/open}]\n")
            .find("secrets[0].credential: stands beside file") != std::string::npos
    );
}

TEST_CASE("a configuration knows the files that it was made from") {
    Desk desk;
    desk.dir.write("keys/nacos", "abc");
    desk.rest = "secrets: [{name: nacos, file: keys/nacos}]\n";
    const Config config = good(desk);
    CHECK(
        config.files.files() ==
        std::vector{
            desk.dir.file("fairway.yaml"), desk.dir.file("keys/secret"), desk.dir.file("keys/nacos")}
    );
    CHECK(config.files.anew() == config.files);
    // Those of a file that is refused as well.
    desk.rest = "secrets: [{name: nacos, file: keys/none}]\nnonsense: 1\n";
    const ConfigResult refused = desk.load();
    CHECK_FALSE(refused.config);
    CHECK(
        refused.files.files() ==
        std::vector{
            desk.dir.file("fairway.yaml"), desk.dir.file("keys/secret"), desk.dir.file("keys/none")}
    );
}

TEST_CASE("a file that is replaced, written to, removed or given another mode is not as it was") {
    const TempDir dir;
    const std::string file = dir.write("secret", "one");
    const std::string link = dir.file("link");
    fs::create_symlink("secret", link);
    FileStamps known;
    known.add(file);
    known.add(link);
    CHECK(known.anew() == known);
    const auto changed = [&] { return std::exchange(known, known.anew()) != known; };
    dir.write("secret", "two");  // by a rename, of the same size
    CHECK(changed());
    std::ofstream(file, std::ios::app) << "longer";
    CHECK(changed());
    fs::permissions(file, fs::perms::owner_read);
    CHECK(changed());
    CHECK_FALSE(changed());
    dir.write("other", "two");
    fs::remove(link);
    fs::create_symlink("other", link);  // as a ConfigMap is swapped
    CHECK(changed());
    fs::remove(file);
    CHECK(changed());
    CHECK_FALSE(changed());
}

}  // namespace
}  // namespace fairway
