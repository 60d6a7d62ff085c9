#pragma once

#include <string>
#include <string_view>

namespace fairway {

/// What people know a commit by.
struct GitCommit {
    std::string id;
    std::string author;   ///< the name, or the address where there is none; fit for one line
    std::string subject;  ///< the first line; fit for one line
};

/// Reads a commit object; anything may stand in it.
GitCommit parse_git_commit(std::string id, std::string_view object);

}  // namespace fairway
