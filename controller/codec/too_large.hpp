#pragma once

#include <string>
#include <utility>

#include "reconciler/model/error.hpp"

namespace fairway {

constexpr const char* too_large_code = "too_large";

/// The error of an answer that takes more memory than one answer may. A part of it may be had.
inline Error too_large(std::string what) {
    Error error(ErrorClass::retryable, ErrorReason::server, std::move(what));
    return std::move(error).with({0, too_large_code, {}});
}
inline bool is_too_large(const Error& error) {
    return error.has_code(too_large_code);
}

}  // namespace fairway
