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

/// Which project of which cloud a name of the configuration means.
struct ProjectTie {
    std::string id;          ///< empty: not known yet
    std::string region{};    ///< may be empty
    std::string endpoint{};  ///< empty: whatever it is
};
using ProjectTies = std::map<std::string, ProjectTie>;

/// The version of the schema that this program writes.
int schema_version();

/// Makes an opened file ready: checks that it is ours and sound, and brings its schema up to date; an
/// empty file becomes a store of `new_lineage`. A file that is opened for reading is only checked.
Result<> prepare_schema(Database& database, const std::string& path, const std::string& new_lineage);

/// Refuses a project's name that was tied to another id before.
Result<> check_projects(Database& database, const std::string& path, const ProjectTies& projects);
/// What a person has to be told of projects that were reached elsewhere before: another region or
/// endpoint may be another cloud, where our rows mean nothing. Empty where all is as it was, or there
/// are no rows.
std::string moved_projects(Database& database, const ProjectTies& projects);
/// Ties each project's name to its id and place, where it is not tied yet; one without rows moves
/// freely.
void bind_projects(Database& database, const ProjectTies& projects);
/// Whether the id of the project is known.
bool project_is_tied(Database& database, const std::string& name);
void tie_project_id(Database& database, const std::string& name, const std::string& id);
/// From now on the projects are where `projects` says.
void rebind_projects(Database& database, const ProjectTies& projects);

StoreMeta read_meta(Database& database);

}  // namespace fairway
