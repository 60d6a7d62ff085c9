#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "controller/report/report.hpp"

namespace fairway {

// What the text and the Markdown of a report say in the same words.

/// "1 instance", "2 instances".
std::string plural(std::size_t count, const char* what);
/// The value of a field, or that there is none.
std::string shown_value(const std::string& text);
/// Where a field differs, where that is not everywhere.
std::string places_of(const ReportedField& field, std::size_t wanted);
/// What a channel that is made anew has from defaults, and from where: it has no fields that could tell.
std::vector<std::string> defaults_of(const ReportedChange& change);
/// The place of an error in its file, or the channel.
std::string place_of(const ReportedError& error);
/// How many of what there are: "1 to create, 3 unchanged".
std::string summary_of(const Report& report);

}  // namespace fairway
