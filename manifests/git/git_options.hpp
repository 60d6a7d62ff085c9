#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "reconciler/model/secret.hpp"
#include "reconciler/model/time.hpp"

namespace fairway {

/// For https: a user's password, or a token with whatever name the server wants beside it.
struct GitLogin {
    std::string user;
    Secret password;
};

struct GitProxy {
    std::string url;   ///< http://HOST:PORT
    std::string user;  ///< empty: it asks for none
    Secret password;
};

/// A branch, a tag or one commit of a repository, how it is reached, and what is accepted from it.
struct GitOptions {
    enum class Follow : std::uint8_t { branch, tag, commit };

    std::string url;  ///< passed check_git_url()
    Follow follow = Follow::branch;
    std::string name;  ///< of the branch or tag, or the whole id of the commit
    std::string path;  ///< the folder of the manifests; empty: all of it
    Duration interval{std::chrono::seconds(60)};
    Duration timeout{std::chrono::minutes(2)};      ///< of one fetch
    std::uint64_t max_size = 256ull * 1024 * 1024;  ///< bytes of one fetch on disk
    bool allow_rewind = false;                      ///< may the branch lose commits?
    std::string folder;                             ///< where the mirror is kept; empty: nowhere

    std::optional<GitLogin> login;  ///< https
    std::string ca_file;            ///< https; empty: the system's store
    std::optional<GitProxy> proxy;  ///< https
    std::string key_file;           ///< ssh
    std::string known_hosts;        ///< ssh

    /// Who must have signed the commit; at most one of the two.
    std::string ssh_allowed_signers, openpgp_keyring;

    /// Takes out of a text what Git must not tell people of; a server may repeat what it was sent.
    std::function<void(std::string& text)> cover{};

    bool over_ssh() const { return url.starts_with("ssh://"); }
    /// The full name of what is followed; the id of a commit.
    std::string ref() const {
        if (follow == Follow::commit) return name;
        return (follow == Follow::branch ? "refs/heads/" : "refs/tags/") + name;
    }
    /// For people: "branch main".
    std::string followed() const {
        static constexpr const char* words[] = {"branch ", "tag ", "commit "};
        return words[static_cast<int>(follow)] + name;
    }
};

}  // namespace fairway
