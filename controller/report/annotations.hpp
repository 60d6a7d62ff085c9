#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/report/schema_fields.hpp"
#include "reconciler/model/manifest_snapshot.hpp"

namespace fairway {

/// What is wrong at a place, for programs that show it there.
struct Annotation {
    Severity severity = Severity::error;
    Place place;          ///< the file as those programs know it; none for what no file says
    std::string rule;     ///< what kind it is, stable: the field's path in the schema, or a word of ours
    std::string message;  ///< with the field, and what would be right
};

/// The rule of what is wrong with a document as a whole, and of what the cloud says.
inline constexpr std::string_view manifest_rule = "manifest", cloud_rule = "cloud";

Annotation annotation_of(const ManifestProblem& problem, const std::vector<SchemaField>& fields);

/// Workflow commands of GitHub Actions, a line each.
std::string to_github(const std::vector<Annotation>& annotations);

/// A log of SARIF 2.1.0. Files are told relative to the base `%SRCROOT%`.
std::string to_sarif(
    const std::vector<Annotation>& annotations, const std::vector<SchemaField>& fields,
    const std::string& version
);

}  // namespace fairway
