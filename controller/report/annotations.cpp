#include "controller/report/annotations.hpp"

#include "controller/report/plain_text.hpp"

namespace fairway {
namespace {

/// As GitHub's runner reads it back. What it would take for a line's end never gets there as one.
std::string escaped(std::string_view text, bool property) {
    std::string out;
    for (const char c : text) {
        if (c == '%') {
            out += "%25";
        } else if (c == '\r') {
            out += "%0D";
        } else if (c == '\n') {
            out += "%0A";
        } else if (c == ':' && property) {
            out += "%3A";
        } else if (c == ',' && property) {
            out += "%2C";
        } else {
            out += c;
        }
    }
    return plain(out);
}

void add_property(std::string& command, std::string_view name, std::string_view value) {
    command += command.ends_with(' ') ? "" : ",";
    command.append(name).append("=").append(escaped(value, true));
}

}  // namespace

Annotation annotation_of(const ManifestProblem& problem, const std::vector<SchemaField>& fields) {
    Annotation out;
    out.severity = problem.severity;
    out.place = problem.place;
    out.rule = schema_path(problem.field, fields);
    if (out.rule.empty()) out.rule = manifest_rule;
    if (!problem.field.empty()) out.message = problem.field + ": ";
    out.message += problem.wrong;
    if (!problem.advice.empty()) out.message += "; " + problem.advice;
    return out;
}

std::string to_github(const std::vector<Annotation>& annotations) {
    std::string text;
    for (const Annotation& one : annotations) {
        std::string command = one.severity == Severity::warning ? "::warning " : "::error ";
        if (!one.place.file.empty()) add_property(command, "file", one.place.file);
        if (!one.place.file.empty() && one.place.line > 0) {
            add_property(command, "line", std::to_string(one.place.line));
            add_property(command, "col", std::to_string(one.place.column));
        }
        add_property(command, "title", "Fairway: " + one.rule);
        text += command + "::" + escaped(one.message, false) + "\n";
    }
    return text;
}

}  // namespace fairway
