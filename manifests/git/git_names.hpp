#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "manifests/field_reader.hpp"

namespace fairway {

/// `https://HOST[:PORT]/PATH` or `ssh://[USER@]HOST[:PORT]/PATH`. A complaint shows nothing that may be
/// a password.
std::optional<Complaint> check_git_url(std::string_view url);
/// The name of a branch or tag, by the rules of Git.
std::optional<Complaint> check_git_name(std::string_view name);
/// A whole commit id.
std::optional<Complaint> check_git_commit(std::string_view id);
/// A folder in the repository.
std::optional<Complaint> check_git_path(std::string_view path);

/// Of a URL that passed the check: the host without brackets, and the port.
struct GitHost {
    std::string host;
    std::string port;       ///< as written; empty where it is not
    std::string authority;  ///< HOST[:PORT] as written
};
GitHost git_host_of(std::string_view url);

}  // namespace fairway
