#pragma once

#include "manifests/git/git_mirror.hpp"

namespace fairway {

/// Fetches what is followed into the mirror, by the network, and gives the commit. Only the newest
/// commit where the mirror is empty and no earlier one has to be compared with. An error of class
/// conflict means that the mirror itself is damaged.
Result<std::string> git_fetch(const GitMirror& mirror, const GitOptions& options);

/// Whether the commit bears a signature of somebody the options name.
Result<> git_verify(const GitMirror& mirror, const GitOptions& options, const std::string& commit);

/// What a failed fetch means, for people.
Error git_fetch_error(const ChildResult& failed, const GitOptions& options);

}  // namespace fairway
