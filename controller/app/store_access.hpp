#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>

#include "controller/app/config/config.hpp"
#include "controller/app/exit_code.hpp"
#include "controller/store/sqlite_store.hpp"
#include "reconciler/engine/gate.hpp"
#include "reconciler/ports/identified_store.hpp"

namespace fairway {

enum class StoreUse : std::uint8_t { read, write };

/// Opens the store that the configuration names. Errors as SqliteStore::open() says.
Result<std::unique_ptr<SqliteStore>> open_store(
    boost::asio::any_io_executor executor, const Config& config, Metrics& metrics, StoreUse use
);

/// What a person has to be told of the doubt in `store`; empty where there is
/// none, or a person approved it. Only looks.
Task<Result<std::string>> doubt_in(IdentifiedStore& store, WallTime now);

/// Tells `gate` that nothing may be written where the store is in doubt, unless a person approved it as
/// it is; uses that approval up.
Task<Result<>> settle_doubt(IdentifiedStore& store, Gate& gate, WallTime now);

/// The exit code of a store that cannot be opened: held by another Fairway, or broken.
ExitCode store_exit_code(const Error& error);

}  // namespace fairway
