#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "controller/log/log.hpp"

namespace fairway {

/// "2026-07-01T12:00:00.123Z".
std::string rfc3339_millis(WallTime time);

/// Appends one line, without its end. What could break a line, a parser or a terminal is escaped.
void append_logfmt(
    std::string& line, WallTime time, LogLevel level, std::string_view message,
    std::initializer_list<Fact> facts, std::size_t max_value
);
void append_json(
    std::string& line, WallTime time, LogLevel level, std::string_view message,
    std::initializer_list<Fact> facts, std::size_t max_value
);

}  // namespace fairway
