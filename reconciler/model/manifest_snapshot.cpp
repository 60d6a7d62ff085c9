#include "reconciler/model/manifest_snapshot.hpp"

namespace fairway {

std::string to_string(const ManifestProblem& problem) {
    std::string text = problem.place.file;
    if (problem.place.line > 0) {
        text += ':' + std::to_string(problem.place.line) + ':' + std::to_string(problem.place.column);
    }
    text += ": ";
    if (problem.severity == Severity::warning) text += "warning: ";
    if (!problem.field.empty()) text += problem.field + ": ";
    text += problem.wrong;
    if (!problem.advice.empty()) text += "; " + problem.advice;
    return text;
}

}  // namespace fairway
