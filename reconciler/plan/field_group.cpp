#include "reconciler/plan/field_group.hpp"

namespace fairway {

std::string_view to_string(FieldGroup value) {
    switch (value) {
        case FieldGroup::existence:
            return "existence";
        case FieldGroup::settings:
            return "settings";
        case FieldGroup::members:
            return "members";
        case FieldGroup::member_groups:
            return "member_groups";
        case FieldGroup::health_check:
            return "health_check";
        case FieldGroup::microservice:
            return "microservice";
        case FieldGroup::instances:
            return "instances";
    }
    return "unknown";
}

}  // namespace fairway
