#pragma once

#include "controller/cli/setup.hpp"

namespace fairway {

/// Throws CannotStart, refused, where the store is in doubt and nobody approved it as it is.
void trust_or_end(Setup& setup, SqliteStore& store);

/// Runs `task` on the loop to its end; throws CannotStart, with the code that tells of it, where it
/// fails.
void run_or_end(Setup& setup, Task<Result<>> task);

}  // namespace fairway
