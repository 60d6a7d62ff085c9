#pragma once

#include <cstdint>
#include <string_view>

namespace fairway {

/// The part of a channel a difference is in, as drift is counted.
enum class FieldGroup : std::uint8_t {
    existence,
    settings,
    members,
    member_groups,
    health_check,
    microservice,
    instances
};
std::string_view to_string(FieldGroup value);

}  // namespace fairway
