#include "controller/app/config/config_git.hpp"

#include <unistd.h>

#include <string_view>
#include <utility>

#include "controller/app/config/config_files.hpp"
#include "controller/app/config/config_network.hpp"
#include "controller/app/config/config_values.hpp"
#include "manifests/git/git_names.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t largest_file = 16 * 1024 * 1024;

const TextRule url_rule{"a URL",      1, 2048, nullptr, "https://HOST/PATH or ssh://USER@HOST/PATH",
                        check_git_url};
const TextRule name_rule{"the name of a branch or tag", 1, 255, nullptr, {}, check_git_name};
const TextRule commit_rule{"a commit id", 1, 64, nullptr, {}, check_git_commit};
const TextRule path_rule{"a folder of the repository", 1, 1024, nullptr, {}, check_git_path};

class GitKeys {
public:
    GitKeys(Fields& git, ConfigPlace& place) : git_(git), place_(place) {}

    GitSourceConfig read() {
        out_.url = git_.text("url", url_rule, Need::required).value_or("");
        read_followed();
        out_.path = git_.text("path", path_rule).value_or("");
        while (out_.path.ends_with('/')) out_.path.pop_back();
        out_.interval = read_duration(git_, "interval", 1s, 24h).value_or(out_.interval);
        out_.timeout = read_duration(git_, "timeout", 1s, 1h).value_or(out_.timeout);
        constexpr int mebibyte = 1024 * 1024;
        if (const auto size = git_.integer("max_size_mib", 1, 100'000))
            out_.max_size = static_cast<std::uint64_t>(*size) * mebibyte;
        out_.allow_rewind = git_.boolean("allow_rewind").value_or(false);
        read_https();
        read_ssh();
        read_verify();
        GitSourceConfig all;
        if (const auto proxy = read_proxy(git_, place_)) all.proxy = *proxy;
        all.proxy_given = git_.has("proxy");
        if (auto webhook = git_.mapping("webhook")) {
            all.webhook = read_token(*webhook, "secret", place_, Need::required);
            webhook->finish();
        }
        all.options = std::move(out_);
        all.key = std::move(key_);
        return all;
    }

private:
    void read_followed() {
        constexpr std::pair<const char*, GitOptions::Follow> ways[] = {
            {"branch", GitOptions::Follow::branch},
            {"tag", GitOptions::Follow::tag},
            {"commit", GitOptions::Follow::commit}};
        int given = 0;
        for (const auto& [key, follow] : ways) {
            const bool commit = follow == GitOptions::Follow::commit;
            const auto name = git_.text(key, commit ? commit_rule : name_rule);
            if (!git_.has(key)) continue;
            if (++given > 1)
                git_.error(key, "stands beside another", "give one of branch, tag and commit");
            out_.follow = follow;
            out_.name = name.value_or("");
        }
        if (given > 0 || !git_.readable()) return;
        git_.findings().error(git_.node().at, git_.path("branch"), "is missing", "write branch: main");
    }

    /// Reports a key that only the other kind of URL has a use for.
    bool wanted(std::string_view key, bool over_ssh) {
        if (!git_.has(key)) return false;
        if (!out_.url.empty() && out_.over_ssh() != over_ssh)
            git_.error(
                key, over_ssh ? "is for ssh URLs alone" : "is for https URLs alone", "leave it out"
            );
        return true;
    }

    void read_https() {
        if (const auto file = git_.text("ca_file", rules::path); file && wanted("ca_file", false)) {
            out_.ca_file = resolve_path(place_.folder, *file);
            check_readable(git_, "ca_file", out_.ca_file, "-----BEGIN CERTIFICATE-----");
        }
        auto login = git_.mapping("credentials");
        if (!login) return;
        wanted("credentials", false);
        const bool token = login->has("token"), password = login->has("password");
        if (token == password) {
            login->findings().error(
                login->node().at, login->path("password"), token ? "stands beside token" : "is missing",
                "give user and password, or a token: {file: PATH}"
            );
        }
        const Need need = password ? Need::required : Need::optional;
        const auto user = login->text("user", rules::proxy_user, need);
        auto secret = read_secret(*login, token ? "token" : "password", place_, Need::optional);
        login->know(token ? "password" : "token");
        login->finish();
        if (secret) out_.login = GitLogin{user.value_or("git"), std::move(*secret)};
    }

    void read_ssh() {
        const bool needed = !out_.url.empty() && out_.over_ssh();
        const Need need = needed ? Need::required : Need::optional;
        const auto key = git_.text("key_file", rules::path, need);
        const auto hosts = git_.text("known_hosts", rules::path, need);
        if (key && wanted("key_file", true)) {
            out_.key_file = resolve_path(place_.folder, *key);
            check_key(out_.key_file);
        }
        if (hosts && wanted("known_hosts", true)) {
            out_.known_hosts = resolve_path(place_.folder, *hosts);
            check_readable(git_, "known_hosts", out_.known_hosts, "");
        }
    }

    void read_verify() {
        auto verify = git_.mapping("verify");
        if (!verify) return;
        const auto signers = verify->text("ssh_allowed_signers", rules::path);
        const auto keyring = verify->text("openpgp_keyring", rules::path);
        if (verify->has("ssh_allowed_signers") == verify->has("openpgp_keyring")) {
            verify->findings().error(
                verify->node().at, git_.path("verify"), "names neither, or both, kinds of signature",
                "give ssh_allowed_signers: FILE or openpgp_keyring: FILE"
            );
        }
        if (signers) {
            out_.ssh_allowed_signers = resolve_path(place_.folder, *signers);
            check_readable(*verify, "ssh_allowed_signers", out_.ssh_allowed_signers, "");
        }
        if (keyring) {
            out_.openpgp_keyring = resolve_path(place_.folder, *keyring);
            check_readable(*verify, "openpgp_keyring", out_.openpgp_keyring, "");
        }
        verify->finish();
    }

    void check_readable(
        Fields& fields, std::string_view key, const std::string& path, std::string_view part
    ) {
        place_.files.add(path);
        const auto content = read_config_file(path, largest_file);
        if (!content) {
            fields.error(key, path + " cannot be read: " + content.error().what(), "name a file");
        } else if (content->bytes.empty()) {
            fields.error(key, path + " is empty", "put in whom you trust");
        } else if (content->bytes.find(part) == std::string::npos) {
            fields.error(
                key, path + " holds no certificate", "name a file with certificates in PEM format"
            );
        }
    }

    void check_key(const std::string& path) {
        place_.files.add(path);
        auto content = read_config_file(path, largest_file);
        if (!content)
            return git_.error(
                "key_file", path + " cannot be read: " + content.error().what(),
                "name a file with a private key"
            );
        if (auto trouble =
                secret_file_trouble(content->mode, content->owner, geteuid(), keeper_of(path, place_)))
            return git_.error("key_file", path + ' ' + trouble->wrong, std::move(trouble->advice));
        Secret key(std::move(content->bytes));  // wipes it
        if (key.reveal().find("PRIVATE KEY-----") == std::string_view::npos)
            git_.error(
                "key_file", path + " holds no private key",
                "name the private one of a pair made by ssh-keygen, without a passphrase"
            );
        key_ = std::move(key);
    }

    Fields& git_;
    ConfigPlace& place_;
    GitOptions out_;
    std::optional<Secret> key_;
};

}  // namespace

std::optional<GitSourceConfig> read_git(Fields& source, ConfigPlace& place) {
    auto git = source.mapping("git");
    if (!git) return std::nullopt;
    GitSourceConfig out = GitKeys(*git, place).read();
    git->finish();
    return out;
}

}  // namespace fairway
