#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fairway {

enum class CheckResult : std::uint8_t {
    ok,
    note,     ///< well, and worth knowing
    warning,  ///< may become a failure, or is one for somebody else
    failure,
    skipped,  ///< rests on something that failed
};

/// One thing that was looked at before the work begins.
struct Check {
    std::string project;  ///< empty: of the whole installation
    std::string what;
    CheckResult result = CheckResult::ok;
    std::string detail;  ///< what was found, and the way out where it is needed
};

/// A line each, and how many there were of each result.
std::string checks_text(const std::vector<Check>& checks, bool colour);
/// The document `fairway.report/v1`.
std::string checks_json(const std::vector<Check>& checks);

}  // namespace fairway
