#include "tests/wire/wire_transport.hpp"

#include <algorithm>
#include <utility>

#include "controller/api/reply_parser.hpp"

namespace fairway {
namespace {

Error broken(bool safe, const std::string& why) {
    Error error(ErrorClass::retryable, ErrorReason::network, why);
    return safe ? error : std::move(error).unsure();
}

apic_simulator::Request as_seen(const HttpRequest& request, const std::string& authority) {
    apic_simulator::Request seen;
    seen.method = request.method;
    seen.target = request.target;
    seen.body = request.body;
    seen.headers.emplace_back("host", authority);
    for (const HttpField& field : request.fields) {
        std::string name = field.name;
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
            return static_cast<char>(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
        });
        seen.headers.emplace_back(std::move(name), field.value);
    }
    return seen;
}

std::string bytes_of(const apic_simulator::Reply& reply) {
    std::string bytes = "HTTP/1.1 " + std::to_string(reply.status) + " as simulated\r\n";
    for (const auto& [name, value] : reply.headers) bytes += name + ": " + value + "\r\n";
    if (reply.status != 204) {
        bytes += "Content-Type: " + reply.content_type + "\r\n";
        bytes += "Content-Length: " + std::to_string(reply.body.size()) + "\r\n";
    }
    return bytes + "\r\n" + reply.body;
}

}  // namespace

WireTransport::WireTransport(
    const boost::asio::any_io_executor& executor, std::string authority, apic_simulator::Api& cloud,
    Clock& clock, Weather& weather
)
    : slots_(executor, 32),
      authority_(std::move(authority)),
      cloud_(cloud),
      clock_(clock),
      weather_(weather) {}

Task<> WireTransport::ask(apic_simulator::Exchange& exchange) {
    cloud_.arrive(exchange);
    while (!cloud_.take_turn(exchange)) {
        co_await clock_.sleep_until(clock_.now() + std::chrono::milliseconds(1));
    }
    if (exchange.delay.count() > 0) co_await clock_.sleep_until(clock_.now() + exchange.delay);
    cloud_.decide(exchange);
}

Result<HttpReply> WireTransport::read(const apic_simulator::Exchange& exchange, bool safe) {
    std::string bytes = bytes_of(exchange.reply);
    if (exchange.ending == apic_simulator::Ending::truncated)
        bytes.resize(bytes.size() - (exchange.reply.body.size() + 1) / 2);
    ReplyParser parser{ReplyLimits()};
    std::size_t begin = 0, end = 0;
    while (!parser.done()) {
        if (!parser.flaw().empty()) {
            Error flaw(ErrorClass::retryable, ErrorReason::server, "the answer " + parser.flaw());
            return safe ? flaw : std::move(flaw).unsure();
        }
        if (end == bytes.size()) return broken(safe, "broken off within the answer");
        end = std::min(bytes.size(), end + std::max<std::size_t>(1, weather_.slice()));
        begin += parser.put(std::string_view(bytes).substr(begin, end - begin));
    }
    return parser.take();
}

Task<Result<HttpReply>> WireTransport::send(
    [[maybe_unused]] CallSlots::Slot slot, HttpRequest request, CallDeadlines limits
) {
    ++weather_.exchanges;
    const bool safe = request.is_safe();
    const TimePoint late = clock_.now() + std::min(limits.header, limits.whole);
    const WireFate fate = weather_.fate(request);
    const Error too_late(ErrorClass::retryable, ErrorReason::timeout, "no answer in time");
    co_await clock_.sleep_until(clock_.now() + weather_.round_trip / 2);
    if (fate == WireFate::refused)
        co_return Error(ErrorClass::retryable, ErrorReason::network, "connection refused");
    if (fate == WireFate::lost_before) co_return broken(safe, "reset while the request was sent");
    if (fate == WireFate::silent) {
        co_await clock_.sleep_until(late);
        co_return safe ? too_late : Error(too_late).unsure();
    }
    apic_simulator::Exchange exchange;
    exchange.request = as_seen(request, authority_);
    co_await ask(exchange);
    co_await clock_.sleep_until(clock_.now() + weather_.round_trip / 2);
    const bool hangs = exchange.ending == apic_simulator::Ending::hanging;
    if (hangs || clock_.now() > late) {
        co_await clock_.sleep_until(late);
        co_return safe ? too_late : Error(too_late).unsure();
    }
    if (fate == WireFate::lost_after || exchange.ending == apic_simulator::Ending::reset)
        co_return broken(safe, "reset before the answer");
    co_return read(exchange, safe);
}

}  // namespace fairway
