#pragma once

#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "manifests/defaults_tree.hpp"
#include "manifests/manifests.hpp"

namespace fairway::test {

inline std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// The smallest manifest of that name; `more` is added below spec.
inline std::string manifest(const std::string& name, const std::string& more = {}) {
    return "apiVersion: fairway/v1\nkind: VpcChannel\nmetadata: {name: " + name +
           "}\nspec:\n  port: 22\n  instance_ids: [a]\n" + more;
}

inline std::shared_ptr<const FileManifests> file(
    const std::string& name, const std::string& bytes, const ManifestContext& context = {}
) {
    std::vector<FileInLook> files{{name, &bytes, nullptr, nullptr}};
    DefaultsTree tree;
    parse_below_defaults(files, tree, [&](std::size_t, const DefaultsPtr& defaults) {
        return std::make_shared<const FileManifests>(parse_manifests(name, bytes, context, defaults));
    });
    return files.front().result;
}

/// All problems, one line each.
template <class WithProblems>
std::string told(const WithProblems& reading) {
    std::string out;
    for (const auto& problem : reading.problems) out += to_string(problem) + '\n';
    return out;
}

}  // namespace fairway::test
