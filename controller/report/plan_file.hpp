#pragma once

#include <string>
#include <vector>

#include "reconciler/model/error.hpp"
#include "reconciler/model/time.hpp"

namespace fairway {

/// What `plan` and `apply` are about.
struct PlanScope {
    std::vector<std::string> paths;  ///< of manifests; empty: the sources of the configuration
    std::vector<std::string> names;  ///< of channels; empty: all
    std::string selector;            ///< of labels; empty: all
    bool prune = false;
    std::vector<std::string> allow_replace;
};

/// A plan that a person may look at before somebody applies it: `plan --out`, `apply --plan`. Says what
/// the plan was made from, and by its digest that it still is the same; what is to be done is found
/// anew. A plan that was edited by hand is none.
struct PlanFile {
    std::string digest;
    PlanScope scope;
    WallTime until;  ///< what was agreed to is not carried out after this
};

/// How long a saved plan may be applied.
inline constexpr Duration plan_lifetime = std::chrono::hours(24);

/// Written whole or not at all, readable by its owner only.
Result<> write_plan(const std::string& path, const PlanFile& plan);
Result<PlanFile> read_plan(const std::string& path);

}  // namespace fairway
