#pragma once

#include <string>

namespace fairway {

/// Asks at the terminal; true where the answer is "yes".
bool agrees(const std::string& question);

/// Returns when a person agrees: by --yes (`yes`), or with "yes" at the terminal. Else throws
/// CannotStart, refused: where nobody can be asked, silence is not consent. Not to be called while the
/// loop runs, so that Ctrl-C ends the wait.
void confirm(bool yes, const std::string& question);

}  // namespace fairway
