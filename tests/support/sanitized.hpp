#pragma once

namespace fairway {

/// Whether a sanitizer watches this build: it is slower by a multiple, and keeps what was freed.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool sanitized = true;
#define FAIRWAY_SANITIZED 1
#endif
#endif
#ifndef FAIRWAY_SANITIZED
inline constexpr bool sanitized = false;
#endif

}  // namespace fairway
