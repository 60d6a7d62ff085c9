// Signatures of commits, made by the real ssh-keygen and gpg.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include "manifests/git/git_fetch.hpp"
#include "tests/manifests/git/repository.hpp"
#include "tests/support/process.hpp"

using namespace fairway;
using test::Repository;

namespace {

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string contents(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string run(const std::vector<std::string>& command, const TempDir& folder) {
    Process process(
        command, folder.path(), {{"HOME", folder.path()}, {"GNUPGHOME", folder.file("gpg")}}
    );
    if (process.wait() != 0) throw std::runtime_error(command.front() + ": " + process.err());
    return process.out();
}

/// A mirror whose repository a test fills in place.
struct Desk {
    Desk() {
        options.folder = here.file("git/channels");
        tree = upstream.tree({{"100644", upstream.blob("x"), "x"}});
    }
    std::string key(const std::string& name) const {
        run({"/usr/bin/ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", here.file(name)}, here);
        return contents(here.file(name + ".pub"));
    }
    void sign_by_ssh(const std::string& name) {
        upstream.settings = {
            "commit.gpgSign=true", "gpg.format=ssh", "user.signingKey=" + here.file(name)};
    }
    void sign_by_gpg(const std::string& who) {
        upstream.settings = {"commit.gpgSign=true", "user.signingKey=" + who};
        upstream.environment = {"GNUPGHOME=" + here.file("gpg")};
    }
    void make_gpg_key(const std::string& who, const std::string& expires = "0") const {
        std::filesystem::create_directory(here.file("gpg"));
        std::filesystem::permissions(here.file("gpg"), std::filesystem::perms::owner_all);
        gpg({"--passphrase", "", "--quick-gen-key", who, "ed25519", "sign", expires});
    }
    std::string gpg(std::vector<std::string> arguments) const {
        std::vector<std::string> command{"/usr/bin/gpg", "--batch",         "--quiet",
                                         "--yes",        "--pinentry-mode", "loopback"};
        command.insert(command.end(), arguments.begin(), arguments.end());
        return run(command, here);
    }
    std::string keyring(const std::string& who) const {
        return here.write("keyring.gpg", gpg({"--armor", "--export", who}));
    }
    std::string commit() const { return upstream.commit_tree(tree); }

    std::string verify(const std::string& commit) {
        StopSignal stop;
        auto mirror = GitMirror::open(options, stop);
        if (!mirror) return mirror.error().what();
        // The objects are taken over as they are: what is fetched was checked by git before.
        const std::string ours = (*mirror)->git().repository() + "/objects/info/alternates";
        std::ofstream(ours) << upstream.path() << "/objects\n";
        const auto verified = git_verify(**mirror, options, commit);
        return verified ? "" : verified.error().what();
    }

    Repository upstream;
    TempDir here;
    GitOptions options;
    std::string tree;
};

TEST_CASE("without a rule no signature is asked for") {
    Desk desk;
    CHECK(desk.verify(desk.commit()).empty());
}

TEST_CASE("an ssh signature is good where its key is among the allowed signers") {
    Desk desk;
    const auto ann = desk.key("ann");
    desk.key("eve");
    desk.options.ssh_allowed_signers = desk.here.write("signers", "ann@x.org " + ann);
    CHECK(has(desk.verify(desk.commit()), "is not signed"));
    desk.sign_by_ssh("ann");
    const auto good = desk.commit();
    CHECK(desk.verify(good) == "");
    desk.sign_by_ssh("eve");
    CHECK(has(desk.verify(desk.commit()), "has no good signature"));

    // The signature of another commit.
    std::string text = desk.upstream.git({"cat-file", "commit", good});
    text.replace(text.find("a change"), 8, "a fraud!");
    const auto forged = desk.upstream.git({"hash-object", "-w", "-t", "commit", "--stdin"}, text);
    CHECK(has(desk.verify(forged), "has no good signature"));

    desk.options.ssh_allowed_signers =
        desk.here.write("signers", "ann@x.org valid-before=\"20200101\" " + ann);
    CHECK(has(desk.verify(good), "has no good signature"));
}

TEST_CASE("an OpenPGP signature is good where its key is in the keyring, whole and alive") {
    Desk desk;
    desk.make_gpg_key("ann@x.org");
    desk.make_gpg_key("eve@x.org");
    desk.options.openpgp_keyring = desk.keyring("ann@x.org");
    CHECK(has(desk.verify(desk.commit()), "is not signed"));
    desk.sign_by_gpg("ann@x.org");
    const auto good = desk.commit();
    CHECK(desk.verify(good) == "");
    desk.sign_by_gpg("eve@x.org");
    const auto unknown = desk.commit();
    CHECK(has(desk.verify(unknown), "has no good signature"));

    std::string text = desk.upstream.git({"cat-file", "commit", good});
    text.replace(text.find("a change"), 8, "a fraud!");
    CHECK(
        has(desk.verify(desk.upstream.git({"hash-object", "-w", "-t", "commit", "--stdin"}, text)),
            "has no good signature")
    );

    // Revoked.
    const auto print = desk.gpg({"--with-colons", "--list-keys", "ann@x.org"});
    const auto at = print.find("fpr:::::::::") + 12;
    const auto id = print.substr(at, print.find(':', at) - at);
    std::string certificate = contents(desk.here.file("gpg/openpgp-revocs.d/" + id + ".rev"));
    certificate.erase(0, certificate.find("\n:-----BEGIN") + 2);
    desk.gpg({"--import", desk.here.write("revoke", certificate)});
    desk.options.openpgp_keyring = desk.keyring("ann@x.org");
    CHECK(has(desk.verify(good), "has no good signature"));
    run({"/usr/bin/gpgconf", "--kill", "gpg-agent"}, desk.here);
}

TEST_CASE("an OpenPGP key that has expired is refused, and so is a signature of the other kind") {
    Desk desk;
    desk.make_gpg_key("ann@x.org", "seconds=2");
    desk.sign_by_gpg("ann@x.org");
    const auto commit = desk.commit();
    desk.options.openpgp_keyring = desk.keyring("ann@x.org");
    CHECK(eventually([&] { return has(desk.verify(commit), "has no good signature"); }));
    const auto bob = desk.key("bob");
    desk.upstream.environment.clear();
    desk.sign_by_ssh("bob");
    CHECK(has(desk.verify(desk.commit()), "has no good signature"));
    run({"/usr/bin/gpgconf", "--kill", "gpg-agent"}, desk.here);
}

}  // namespace
