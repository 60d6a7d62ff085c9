#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <string>
#include <utility>

#include "controller/api/http_transport.hpp"
#include "controller/api/reply_parser.hpp"

namespace fairway {

/// Answers with bytes that a test makes up, through the real parser.
class ScriptedTransport : public HttpTransport {
public:
    /// The bytes of the answer, which end as a connection does that is closed properly; nothing: it is
    /// reset before the first of them.
    using Answer = std::function<std::optional<std::string>(const HttpRequest&)>;

    ScriptedTransport(const boost::asio::any_io_executor& executor, Answer answer)
        : slots_(executor, 32), answer_(std::move(answer)) {}

    Task<CallSlots::Slot> admit() override { return slots_.take(); }
    Task<Result<HttpReply>> send(
        [[maybe_unused]] CallSlots::Slot slot, HttpRequest request, CallDeadlines
    ) override {
        const std::optional<std::string> bytes = answer_(request);
        if (!bytes) co_return unheard(request, ErrorReason::network, "reset before the answer");
        ReplyParser parser{ReplyLimits()};
        parser.put(*bytes);
        if (!parser.done() && parser.flaw().empty()) parser.put_eof();
        if (!parser.flaw().empty())
            co_return unheard(request, ErrorReason::server, "the answer " + parser.flaw());
        if (!parser.done()) co_return unheard(request, ErrorReason::network, "no whole answer");
        co_return parser.take();
    }
    void limit(unsigned calls) override { slots_.limit(calls); }
    const std::string& authority() const override { return authority_; }

private:
    static Error unheard(const HttpRequest& request, ErrorReason reason, const std::string& why) {
        Error error(ErrorClass::retryable, reason, why);
        return request.is_safe() ? error : std::move(error).unsure();
    }

    CallSlots slots_;
    Answer answer_;
    std::string authority_ = "gateway.example";
};

}  // namespace fairway
