#pragma once

#include "controller/app/core.hpp"
#include "controller/cli/setup.hpp"
#include "controller/report/plan_file.hpp"
#include "reconciler/plan/selection.hpp"

namespace fairway {

/// The selection that `scope` asks for; throws CannotStart where it is not understood.
Selection selection_of(const PlanScope& scope);
/// How much of the guard's rules the command lifts: deleting only where it was asked for here.
PruneMode prune_mode_of(const PlanScope& scope);
/// Tells `core` which channels may be deleted and made anew; throws CannotStart for a name that no
/// manifest bears.
void allow_replacing(Core& core, const PlanScope& scope, const ManifestSnapshot& wish);

}  // namespace fairway
