#pragma once

#include <string>
#include <vector>

#include "controller/report/schema_fields.hpp"

namespace fairway {

/// All that is known of a field, for people.
std::string field_text(const SchemaField& field);
/// A line each: the path and what it is.
std::string field_list(const std::vector<SchemaField>& fields);
/// The document `fairway.report/v1`.
std::string fields_json(const std::vector<SchemaField>& fields);

}  // namespace fairway
