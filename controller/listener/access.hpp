#pragma once

#include <string_view>

#include "reconciler/model/secret.hpp"

namespace fairway {

/// Whether the two are the same. How long that takes tells nothing but the length of what was given.
bool same_secret(std::string_view given, const Secret& ours);

/// Whether an Authorization header bears this token. How long that takes tells nothing of the token.
bool bears(const Secret& authorization, const Secret& token);

}  // namespace fairway
