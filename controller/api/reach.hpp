#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "controller/api/endpoint.hpp"
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

/// Asks `url` of a project for nothing in particular, once. An address or a file that cannot be used is
/// an error of reason validation.
Task<Reach> reach(
    boost::asio::any_io_executor executor, std::string url, ProjectEndpoint project, const Clock& clock
);

}  // namespace fairway
