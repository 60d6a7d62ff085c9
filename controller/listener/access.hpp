#pragma once

#include <string_view>

#include "reconciler/model/secret.hpp"

namespace fairway {

/// Whether an Authorization header bears this token. How long that takes tells nothing of the token.
bool bears(const Secret& authorization, const Secret& token);

}  // namespace fairway
