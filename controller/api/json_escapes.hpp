#pragma once

#include <string>

namespace fairway {

/// Writes what JSON has behind \u or \/ as the characters themselves, a quote and a backslash aside. The
/// text means the same afterwards, and one way to write a character is left. Grows nothing.
void resolve_escapes(std::string& json);

}  // namespace fairway
