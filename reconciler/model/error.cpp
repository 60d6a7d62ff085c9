#include "reconciler/model/error.hpp"

namespace fairway {

std::string_view to_string(ErrorClass cls) {
    switch (cls) {
        case ErrorClass::retryable:
            return "retryable";
        case ErrorClass::throttled:
            return "throttled";
        case ErrorClass::conflict:
            return "conflict";
        case ErrorClass::auth:
            return "auth";
        case ErrorClass::quota:
            return "quota";
        case ErrorClass::not_found:
            return "not_found";
        case ErrorClass::terminal:
            return "terminal";
        case ErrorClass::refused:
            return "refused";
        case ErrorClass::cancelled:
            return "cancelled";
    }
    return "unknown";
}

std::string_view to_string(ErrorReason reason) {
    switch (reason) {
        case ErrorReason::validation:
            return "validation";
        case ErrorReason::auth:
            return "auth";
        case ErrorReason::throttled:
            return "throttled";
        case ErrorReason::conflict:
            return "conflict";
        case ErrorReason::not_found:
            return "not_found";
        case ErrorReason::quota:
            return "quota";
        case ErrorReason::server:
            return "server";
        case ErrorReason::timeout:
            return "timeout";
        case ErrorReason::network:
            return "network";
        case ErrorReason::guard:
            return "guard";
        case ErrorReason::internal:
            return "internal";
    }
    return "unknown";
}

}  // namespace fairway
