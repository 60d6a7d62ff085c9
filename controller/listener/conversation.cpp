#include "controller/listener/conversation.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <utility>
#include <variant>

#include "controller/listener/reply_text.hpp"

namespace fairway {
namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

/// How much of what a refused client still sends is read, so that it can read our reply.
constexpr std::size_t linger_bytes = 64 * 1024;
constexpr Duration linger_time = 1s;

}  // namespace

Service::Service(std::map<std::string, ListenerHandler> routes_given, ListenerOptions options_given)
    : routes(std::move(routes_given)), options(std::move(options_given)) {
    limits.bytes = options.max_head;
    limits.fields = options.max_fields;
    limits.body = options.max_body;
    limits.methods = options.methods;
    for (const auto& method : options.methods) allow += (allow.empty() ? "" : ", ") + method;
}

Task<bool> Conversation::receive_head(HeadEnd& end) {
    bool begun = !connection_->received.empty();
    connection_->deadline(begun ? service_.options.head_time : service_.options.idle_time);
    connection_->since = std::chrono::steady_clock::now();
    for (;;) {
        end = find_head_end(connection_->received, service_.limits);
        if (end.size > 0 || end.refused > 0) co_return true;
        if (service_.stopping && !begun) co_return false;
        connection_->waiting = true;
        const bool came = co_await connection_->receive();
        connection_->waiting = false;
        if (!came) co_return false;
        if (!begun) connection_->deadline(service_.options.head_time);
        begun = true;
    }
}

Task<bool> Conversation::receive_body(std::size_t until) {
    while (connection_->received.size() < until) {
        const bool came = co_await connection_->receive();
        if (!came) co_return false;
    }
    co_return true;
}

Task<> Conversation::run() {
    for (bool keep_alive = true; keep_alive;) {
        HeadEnd end;
        const bool whole = co_await receive_head(end);
        if (!whole) co_return;
        if (end.refused > 0) {
            std::string why =
                end.refused == 431 ? "the header is too large" : "this is not an HTTP request";
            co_await refuse(end.refused, std::move(why), false);
            co_return;
        }
        const std::string_view received = connection_->received;
        const auto parsed = parse_request_head(received.substr(0, end.size), service_.limits);
        if (const auto* refusal = std::get_if<HeadRefusal>(&parsed)) {
            std::string why(refusal->why);
            co_await refuse(refusal->status, std::move(why), false);
            co_return;
        }
        const auto& head = std::get<RequestHead>(parsed);
        if (service_.host_rules && !service_.host_rules->allows(head.host, connection_->local_address)) {
            std::string why =
                "this Host is not served here; add it to the configuration if it should be";
            co_await refuse(421, std::move(why), head.method == "HEAD");
            co_return;
        }
        ListenerRequest request;
        request.method = head.method;
        request.path = head.path;
        request.query = head.query;
        request.content_type = head.content_type;
        if (head.body > 0) {
            const bool body = co_await receive_body(end.size + head.body);
            if (!body) co_return;
            request.body = connection_->received.substr(end.size, head.body);
        }
        connection_->received.erase(0, end.size + head.body);

        keep_alive = head.keep_alive && !service_.stopping;
        ListenerReply reply = answer(request);
        if (reply.later) {
            connection_->deadline(service_.options.reply_time);
            const auto later = std::exchange(reply.later, {});
            reply = co_await finish(later);
        }
        const bool sent = co_await send(std::move(reply), head.method == "HEAD", keep_alive);
        if (!sent) co_return;
    }
    connection_->end_sending();
}

Task<ListenerReply> Conversation::finish(std::function<Task<ListenerReply>()> later) {
    std::optional<ListenerReply> reply;
    try {
        reply = co_await later();
    } catch (const boost::system::system_error& failure) {
        if (failure.code() == asio::error::operation_aborted) throw;
    } catch (const std::exception&) {
    }
    co_return reply ? *std::move(reply) : ListenerReply{500, "internal error\n"};
}

ListenerReply Conversation::answer(const ListenerRequest& request) const {
    ListenerReply reply;
    const auto route = service_.routes.find(request.path);
    if (route == service_.routes.end()) {
        reply.status = 404;
        reply.body = "not found; there is:\n";
        for (const auto& [path, handler] : service_.routes) reply.body += path + '\n';
        return reply;
    }
    try {
        return route->second(request);
    } catch (const std::exception&) {
        reply.status = 500;
        reply.body = "internal error\n";
        return reply;
    }
}

Task<bool> Conversation::send(ListenerReply reply, bool head_only, bool keep_alive) {
    std::string text = reply_head(reply, service_.allow, keep_alive);
    if (!head_only) text += reply.body;
    connection_->deadline(service_.options.reply_time);
    co_return co_await connection_->send(text);
}

Task<> Conversation::refuse(int status, std::string why, bool head_only) {
    ListenerReply reply;
    reply.status = status;
    reply.body = why + '\n';
    const bool sent = co_await send(std::move(reply), head_only, false);
    if (!sent) co_return;
    connection_->end_sending();
    connection_->deadline(linger_time);
    connection_->waiting = true;  // may be closed when room is needed
    for (std::size_t read = 0; read < linger_bytes && !service_.stopping;) {
        connection_->received.clear();
        const bool came = co_await connection_->receive();
        if (!came) break;
        read += connection_->received.size();
    }
    connection_->waiting = false;
}

}  // namespace fairway
