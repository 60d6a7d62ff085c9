#include "controller/app/exit_code.hpp"

#include <algorithm>

namespace fairway {

ExitCode exit_code_of(const Error& error) {
    switch (error.reason()) {
        case ErrorReason::auth:
            return ExitCode::not_permitted;
        case ErrorReason::network:
        case ErrorReason::timeout:
        case ErrorReason::throttled:
        case ErrorReason::server:
            return ExitCode::unreachable;
        case ErrorReason::guard:
        case ErrorReason::conflict:
            return ExitCode::refused;
        default:
            return ExitCode::failed;
    }
}

ExitCode exit_code_of(const std::vector<ExitCode>& failures, bool succeeded) {
    const auto any = [&](ExitCode code) {
        return std::find(failures.begin(), failures.end(), code) != failures.end();
    };
    for (const ExitCode first : {ExitCode::interrupted, ExitCode::terminated, ExitCode::held}) {
        if (any(first)) return first;
    }
    if (failures.empty()) return ExitCode::ok;
    if (succeeded) return ExitCode::partly;
    for (const ExitCode next :
         {ExitCode::not_permitted, ExitCode::unreachable, ExitCode::refused, ExitCode::invalid}) {
        if (any(next)) return next;
    }
    return ExitCode::failed;
}

}  // namespace fairway
