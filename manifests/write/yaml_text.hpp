#pragma once

#include <string>
#include <string_view>

namespace fairway {

/// `text` as a YAML scalar on one line, fit for block and flow style: plain where YAML 1.1, YAML 1.2 and
/// people all read it as this very text, else in double quotes.
std::string yaml_text(std::string_view text);

}  // namespace fairway
