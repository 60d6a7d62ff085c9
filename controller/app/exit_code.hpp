#pragma once

#include <vector>

#include "reconciler/model/error.hpp"

namespace fairway {

/// What the process tells whoever started it. Part of the contract with scripts.
enum class ExitCode : int {
    ok = 0,
    failed = 1,         ///< and no code below fits
    changes = 2,        ///< plan --detailed-exitcode: changes exist
    invalid = 3,        ///< manifest, flag or configuration
    partly = 4,         ///< some channels failed, others did not
    refused = 5,        ///< by a safeguard
    not_permitted = 6,  ///< not authenticated or not permitted
    unreachable = 7,    ///< the API or a source, or the time limit passed
    held = 8,           ///< another Fairway holds the store
    interrupted = 130,  ///< SIGINT
    terminated = 143,   ///< SIGTERM
};

/// The code that tells of this failure alone.
ExitCode exit_code_of(const Error& error);

/// The one code that tells the truth best where several fit. `succeeded`: something was applied, or was
/// right already.
ExitCode exit_code_of(const std::vector<ExitCode>& failures, bool succeeded);

}  // namespace fairway
