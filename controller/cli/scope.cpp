#include "controller/cli/scope.hpp"

namespace fairway {

Selection selection_of(const PlanScope& scope) {
    Result<Selection> selection = Selection::parse(scope.names, scope.selector);
    if (!selection) throw CannotStart(ExitCode::invalid, selection.error().what());
    return std::move(*selection);
}

PruneMode prune_mode_of(const PlanScope& scope) {
    return scope.prune ? PruneMode::on : PruneMode::off;
}

void allow_replacing(Core& core, const PlanScope& scope, const ManifestSnapshot& wish) {
    if (scope.allow_replace.empty()) return;
    const Result<Selection> named = Selection::parse(scope.allow_replace, {});
    std::set<ChannelKey> declared;
    for (const auto& [key, manifest] : wish.manifests) {
        declared.insert(key);
        if (named->covers(key, manifest.get())) core.reconciler().directions().may_replace.insert(key);
    }
    for (const std::string& name : named->unknown(declared))
        throw CannotStart(ExitCode::invalid, "--allow-replace: no manifest declares " + name);
}

}  // namespace fairway
