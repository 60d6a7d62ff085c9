#include "reconciler/ports/metrics.hpp"

namespace fairway {

std::string_view to_string(PassResult value) {
    switch (value) {
        case PassResult::noop:
            return "noop";
        case PassResult::changed:
            return "changed";
        case PassResult::requeued:
            return "requeued";
        case PassResult::failed:
            return "failed";
        case PassResult::stalled:
            return "stalled";
        case PassResult::skipped:
            return "skipped";
    }
    return "unknown";
}

std::string_view to_string(ChangeKind value) {
    switch (value) {
        case ChangeKind::create:
            return "create";
        case ChangeKind::update:
            return "update";
        case ChangeKind::delete_:
            return "delete";
        case ChangeKind::sync:
            return "sync";
    }
    return "unknown";
}

std::string_view to_string(ChangeResult value) {
    switch (value) {
        case ChangeResult::ok:
            return "ok";
        case ChangeResult::error:
            return "error";
        case ChangeResult::partial:
            return "partial";
    }
    return "unknown";
}

std::string_view to_string(ListResult value) {
    switch (value) {
        case ListResult::complete:
            return "complete";
        case ListResult::partial:
            return "partial";
        case ListResult::error:
            return "error";
    }
    return "unknown";
}

std::string_view to_string(FetchResult value) {
    switch (value) {
        case FetchResult::changed:
            return "changed";
        case FetchResult::unchanged:
            return "unchanged";
        case FetchResult::error:
            return "error";
    }
    return "unknown";
}

std::string_view to_string(WebhookResult value) {
    switch (value) {
        case WebhookResult::accepted:
            return "accepted";
        case WebhookResult::refused:
            return "refused";
        case WebhookResult::limited:
            return "limited";
    }
    return "unknown";
}

std::string_view to_string(ChannelState value) {
    switch (value) {
        case ChannelState::in_sync:
            return "in_sync";
        case ChannelState::out_of_sync:
            return "out_of_sync";
        case ChannelState::failed:
            return "failed";
        case ChannelState::stalled:
            return "stalled";
        case ChannelState::suspended:
            return "suspended";
        case ChannelState::deleting:
            return "deleting";
        case ChannelState::unmanaged:
            return "unmanaged";
    }
    return "unknown";
}

}  // namespace fairway
