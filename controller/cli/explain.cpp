#include <iostream>

#include "controller/cli/commands.hpp"
#include "controller/cli/setup.hpp"
#include "controller/cli/structured.hpp"
#include "controller/report/field_help.hpp"
#include "manifests/manifests.hpp"
#include "manifests/text.hpp"

namespace fairway {
namespace {

/// Without brackets: as people write it, and shells need no quotes for it.
std::string without_brackets(std::string path) {
    for (std::size_t at = 0; (at = path.find("[]")) != std::string::npos;) path.erase(at, 2);
    return path;
}

/// What may have been meant by a path that is none: the whole of it, or its last part.
std::string meant_by(const std::string& asked, const std::vector<SchemaField>& fields) {
    std::vector<std::string> paths;
    for (const SchemaField& field : fields) paths.push_back(without_brackets(field.path));
    const std::string wanted = without_brackets(asked);
    for (const std::string& whole : {wanted, "spec." + wanted}) {
        const std::vector<std::string_view> words(paths.begin(), paths.end());
        if (const std::string_view near = closest(whole, words); !near.empty()) return std::string(near);
    }
    std::vector<std::string_view> last;
    for (const std::string& path : paths)
        last.push_back(std::string_view(path).substr(path.rfind('.') + 1));
    const std::string_view near = closest(wanted.substr(wanted.rfind('.') + 1), last);
    for (std::size_t i = 0; i < last.size() && !near.empty(); ++i) {
        if (last[i] == near) return paths[i];
    }
    return {};
}

}  // namespace

std::vector<std::string> explained_fields() {
    std::vector<std::string> words;
    for (const SchemaField& field : schema_fields(manifest_schema())) {
        if (!field.path.ends_with("[]") && !field.path.ends_with('*'))
            words.push_back(without_brackets(field.path));
    }
    return words;
}

ExitCode explain_command(const CommonOptions& common, const std::string& asked) {
    const std::vector<SchemaField> all = schema_fields(manifest_schema());
    std::vector<SchemaField> shown = all;
    if (!asked.empty()) {
        const FieldSearch search = find_field(all, asked);
        if (search.found == nullptr) {
            std::string text = quote(asked) + " is no field of a manifest";
            std::string several;
            for (const std::string& path : search.several)
                several += (several.empty() ? "" : ", ") + path;
            if (!several.empty()) text = quote(asked) + " may be any of " + several;
            const std::string meant = several.empty() ? meant_by(asked, all) : "";
            if (!meant.empty()) text += "; did you mean " + meant + "?";
            if (several.empty() && meant.empty()) text += "; fairway explain lists them";
            print_error(text);
            return ExitCode::invalid;
        }
        shown = {*search.found};
    }
    if (common.output != OutputFormat::text) {
        std::cout << structured(fields_json(shown), common.output);
    } else {
        std::cout << (asked.empty() ? field_list(shown) : field_text(shown.front()));
    }
    return ExitCode::ok;
}

}  // namespace fairway
