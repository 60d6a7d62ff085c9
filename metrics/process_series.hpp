#pragma once

#include <string>

namespace fairway {

/// Appends the standard process_* metrics, read from /proc now. What /proc does not tell is left out.
void append_process_series(std::string& page);

}  // namespace fairway
