#include "reconciler/model/record.hpp"

namespace fairway {

std::string_view to_string(Phase phase) {
    switch (phase) {
        case Phase::intent:
            return "intent";
        case Phase::ambiguous:
            return "ambiguous";
        case Phase::created:
            return "created";
        case Phase::ready:
            return "ready";
        case Phase::updating:
            return "updating";
        case Phase::deleting:
            return "deleting";
        case Phase::conflict:
            return "conflict";
    }
    return "unknown";
}

std::string_view to_string(Origin origin) {
    return origin == Origin::created ? "created" : "adopted";
}

std::optional<Phase> parse_phase(std::string_view text) {
    for (const Phase phase :
         {Phase::intent, Phase::ambiguous, Phase::created, Phase::ready, Phase::updating,
          Phase::deleting, Phase::conflict}) {
        if (to_string(phase) == text) return phase;
    }
    return std::nullopt;
}

std::optional<Origin> parse_origin(std::string_view text) {
    for (const Origin origin : {Origin::created, Origin::adopted}) {
        if (to_string(origin) == text) return origin;
    }
    return std::nullopt;
}

std::string_view to_string(DeletionPolicy policy) {
    switch (policy) {
        case DeletionPolicy::delete_:
            return "delete";
        case DeletionPolicy::orphan:
            return "orphan";
        case DeletionPolicy::forbid:
            return "forbid";
    }
    return "unknown";
}

std::optional<DeletionPolicy> parse_deletion_policy(std::string_view text) {
    for (const DeletionPolicy policy :
         {DeletionPolicy::delete_, DeletionPolicy::orphan, DeletionPolicy::forbid}) {
        if (to_string(policy) == text) return policy;
    }
    return std::nullopt;
}

}  // namespace fairway
