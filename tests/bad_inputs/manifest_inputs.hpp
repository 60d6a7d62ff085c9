#pragma once

#include <string>
#include <utility>
#include <vector>

namespace fairway::bad_inputs {

/// What becomes of a manifest file.
enum class Verdict {
    accepted,  ///< its channel is wanted
    warned,    ///< the same, with a warning
    nothing,   ///< it declares nothing, and that is well
    blank,     ///< the same, with a warning: it may be a file that is not written yet
    refused,   ///< with an error that has a place
};

struct Input {
    std::string item;  ///< of the list of bad inputs
    std::string name;
    std::string bytes;
    Verdict verdict;
    bool several_faults = false;
};

std::vector<Input> manifest_inputs();

}  // namespace fairway::bad_inputs
