#include "reconciler/model/manifest_snapshot.hpp"

#include <algorithm>

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

std::string told(const InheritedField& field) {
    return *field.file + ':' + std::to_string(field.line);
}

const InheritedField* Manifest::origin_of(std::string_view pointer) const {
    if (!pointer.starts_with('/')) return nullptr;
    pointer.remove_prefix(1);
    const std::string path = "spec." + std::string(pointer.substr(0, pointer.find('/')));
    const auto found = std::find_if(inherited.begin(), inherited.end(), [&](const auto& field) {
        return field.path == path;
    });
    return found == inherited.end() ? nullptr : &*found;
}

bool same_wish(const Manifest* a, const Manifest* b) {
    if (a == b) return true;
    return a != nullptr && b != nullptr && a->spec == b->spec && a->lifecycle == b->lifecycle;
}

std::vector<WishChange> changes_between(const ManifestSnapshot& before, const ManifestSnapshot& after) {
    std::vector<WishChange> changes;
    // Both are sorted: one walk finds what is new, changed or gone, without a search for each of
    // thousands.
    auto old = before.manifests.begin();
    const auto old_end = before.manifests.end();
    const auto gone_before = [&](const ChannelKey* key) {
        for (; old != old_end && (key == nullptr || old->first < *key); ++old)
            changes.push_back({&old->first, old->second.get(), nullptr});
    };
    for (const auto& [key, manifest] : after.manifests) {
        gone_before(&key);
        const bool known = old != old_end && old->first == key;
        const Manifest* was = known ? old->second.get() : nullptr;
        if (!same_wish(was, manifest.get())) changes.push_back({&key, was, manifest.get()});
        if (known) ++old;
    }
    gone_before(nullptr);
    return changes;
}

}  // namespace fairway
