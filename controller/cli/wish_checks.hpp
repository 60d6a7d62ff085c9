#pragma once

#include <boost/asio/io_context.hpp>
#include <optional>
#include <string>
#include <vector>

#include "controller/app/config/config.hpp"
#include "controller/app/exit_code.hpp"
#include "reconciler/model/manifest_snapshot.hpp"
#include "reconciler/ports/state_store.hpp"

namespace fairway {

/// Whether the store holds rows: channels that we created or adopted. Blocks.
bool owns_channels(boost::asio::io_context& context, StateStore& store);

/// A wish without a single manifest is a mistake until proven otherwise: tells it and gives the exit
/// code, or nothing where there is something to work from.
/// `may_be`: where somebody said that it may be empty, and there is something that could go.
std::optional<ExitCode> judge_empty(const ManifestSnapshot& wish, bool owns, bool may_be = false);

/// Throws CannotStart, refused, where -f names only a part of what a source of `config` holds: with
/// --prune, all the rest of it would count as no longer declared.
void refuse_prune_of_part(const std::vector<std::string>& paths, const Config& config);

}  // namespace fairway
