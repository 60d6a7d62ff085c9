#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "reconciler/model/error.hpp"
#include "reconciler/ports/clock.hpp"
#include "reconciler/ports/task.hpp"

namespace fairway {

/// How far a request without credentials came.
struct Reach {
    enum class Step : std::uint8_t {
        nothing,    ///< no connection was made
        connected,  ///< and TLS was not agreed on
        secured,    ///< and no answer came
        answered,   ///< with whatever status
    };
    Step step = Step::nothing;
    std::optional<Error> error;  ///< what stopped it
    /// How far our clock is ahead of the answer's; nothing where the answer has no date.
    std::optional<Duration> clock_ahead;
};

/// Asks `endpoint` for nothing in particular, once. An endpoint or a CA file that cannot be used is an
/// error of reason validation.
Task<Reach> reach(
    boost::asio::any_io_executor executor, std::string endpoint, std::optional<std::string> ca_file,
    const Clock& clock
);

}  // namespace fairway
