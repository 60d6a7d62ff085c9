#pragma once

#include <string>
#include <string_view>

namespace fairway {

/// Text from the outside as it may go to a terminal: no control character, no mark that turns text
/// around and no byte that is not UTF-8 gets through.
std::string plain(std::string_view text);

}  // namespace fairway
