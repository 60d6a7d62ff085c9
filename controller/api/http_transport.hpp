#pragma once

#include <string>

#include "controller/api/call_slots.hpp"
#include "controller/api/http_message.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/ports/task.hpp"

namespace fairway {

/// HTTP/1.1 to one host. One thread only.
class HttpTransport {
public:
    virtual ~HttpTransport() = default;

    /// Waits for one's turn: never more calls at once than are allowed. The transport must outlive the
    /// waiting and the slot; the sending, it need not.
    virtual Task<CallSlots::Slot> admit() = 0;
    /// One exchange. A whole answer of any status is a value. An error of anything but a GET is unsure()
    /// exactly when at least one byte of the request may have gone out. Cancellation (terminal) throws
    /// operation_aborted.
    virtual Task<Result<HttpReply>> send(
        CallSlots::Slot slot, HttpRequest request, CallDeadlines limits
    ) = 0;
    /// How many calls may be in flight from now on.
    virtual void limit(unsigned calls) = 0;
    /// What the Host header says: "host" or "host:port".
    virtual const std::string& authority() const = 0;
};

}  // namespace fairway
