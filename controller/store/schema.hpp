#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "controller/store/sqlite.hpp"
#include "reconciler/model/error.hpp"

namespace fairway {

/// What the file says of itself.
struct StoreMeta {
    std::string lineage;         ///< made once, with the file
    std::uint64_t serial = 0;    ///< of the last durable commit
    std::uint64_t revision = 0;  ///< given to the row saved last
};

/// The version of the schema that this program writes.
int schema_version();

/// Makes an opened file ready: checks that it is ours and sound, and brings its schema up to date; an
/// empty file becomes a store of `new_lineage`. A file that is opened for reading is only checked.
Result<> prepare_schema(Database& database, const std::string& path, const std::string& new_lineage);

/// Refuses a project's name that was tied to another id before.
Result<> check_projects(
    Database& database, const std::string& path, const std::map<std::string, std::string>& projects
);
/// Ties each project's name to its id, where it is not tied yet.
void bind_projects(Database& database, const std::map<std::string, std::string>& projects);

StoreMeta read_meta(Database& database);

}  // namespace fairway
