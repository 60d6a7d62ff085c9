#pragma once

#include <string>

namespace fairway {

/// Asks at the terminal; true where the answer is "yes". Ctrl-C ends the process.
bool agrees(const std::string& question);

/// Returns when a person agrees: by --yes (`yes`), or with "yes" at the terminal. Else throws
/// CannotStart, refused: where nobody can be asked, silence is not consent.
void confirm(bool yes, const std::string& question);

}  // namespace fairway
