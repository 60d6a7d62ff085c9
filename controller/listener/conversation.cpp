#include "controller/listener/conversation.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <chrono>
#include <utility>
#include <variant>

#include "controller/listener/access.hpp"
#include "controller/listener/reply_text.hpp"

namespace fairway {
namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

/// How much of what a refused client still sends is read, so that it can read our reply.
constexpr std::size_t linger_bytes = 64 * 1024;
constexpr Duration linger_time = 1s;

/// As they are told with a 405.
std::string methods_of(const ListenerRoute* route) {
    const ListenerRoute plain;
    std::string text;
    for (const auto& method : route != nullptr ? route->methods : plain.methods)
        text += (text.empty() ? "" : ", ") + method;
    return text;
}

}  // namespace

Service::Service(ListenerRoutes routes_given, ListenerOptions options_given)
    : routes(std::move(routes_given)),
      options(std::move(options_given)),
      allowance(options.max_requests_per_second),
      handshakes(options.max_handshakes_per_second) {
    limits.bytes = options.max_head;
    limits.fields = options.max_fields;
    for (const auto& [path, route] : routes) {
        limits.body = std::max(limits.body, route.max_body);
        limits.methods.insert(limits.methods.end(), route.methods.begin(), route.methods.end());
        limits.kept.insert(limits.kept.end(), route.fields.begin(), route.fields.end());
    }
}

const ListenerRoute* Service::route(const std::string& path) const {
    auto found = routes.find(path);
    if (found == routes.end()) found = routes.find(path.substr(0, path.rfind('/') + 1));
    return found == routes.end() ? nullptr : &found->second;
}

Task<bool> Conversation::receive_head(HeadEnd& end) {
    bool begun = !connection_->received.empty();
    connection_->deadline(begun ? service_.options.head_time : service_.options.idle_time);
    connection_->since = std::chrono::steady_clock::now();
    for (;;) {
        end = find_head_end(connection_->received, service_.limits);
        if (end.size > 0 || end.refused > 0) co_return true;
        if ((service_.stopping || rules_ != service_.rules) && !begun) co_return false;
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

Task<bool> Conversation::pass_body(std::uint64_t size, BodyReader& reader) {
    std::string& received = connection_->received;
    for (;;) {
        const auto here = static_cast<std::size_t>(std::min<std::uint64_t>(size, received.size()));
        reader.take(std::string_view(received).substr(0, here));
        received.erase(0, here);
        size -= here;
        if (size == 0) co_return true;
        connection_->waiting = true;
        const bool came = co_await connection_->receive();
        connection_->waiting = false;
        if (!came) co_return false;
    }
}

std::optional<HeadRefusal> Conversation::judge(const RequestHead& head, const ListenerRoute* route)
    const {
    const ListenerRoute plain;
    const ListenerRoute& at = route != nullptr ? *route : plain;
    if (service_.host_rules && !at.any_host &&
        !service_.host_rules->allows(head.host, connection_->local_address)) {
        return HeadRefusal{421, "this Host is not served here; add it to server.hosts if it should be"};
    }
    if (std::find(at.methods.begin(), at.methods.end(), head.method) == at.methods.end())
        return HeadRefusal{405, "method not allowed"};
    if (head.body > at.max_body) {
        if (at.max_body == 0) return HeadRefusal{400, "no body is accepted"};
        return HeadRefusal{413, "the body is too large"};
    }
    return std::nullopt;
}

std::optional<HeadRefusal> Conversation::judge_client(const RequestHead& head) const {
    if (!connection_->client_proven())
        return HeadRefusal{403, "show a client certificate of an authority that is trusted here"};
    const auto& token = service_.options.access.token;
    if (token && !bears(head.authorization, *token))
        return HeadRefusal{401, "bear the token that is configured here"};
    return std::nullopt;
}

Task<> Conversation::run() {
    if (connection_->over_tls()) {
        connection_->deadline(service_.options.head_time);
        connection_->waiting = true;
        const bool greeted = co_await connection_->greet();
        connection_->waiting = connection_->greeting = false;
        if (!greeted) co_return;
    }
    for (bool keep_alive = true; keep_alive;) {
        HeadEnd end;
        const bool whole = co_await receive_head(end);
        if (!whole) co_return;
        if (end.refused > 0) {
            ListenerReply why{end.refused, "this is not an HTTP request\n"};
            if (end.refused == 431) why.body = "the header is too large\n";
            co_await refuse(std::move(why), std::string(), false);
            co_return;
        }
        const std::string_view received = connection_->received;
        const auto parsed = parse_request_head(received.substr(0, end.size), service_.limits);
        const auto* refusal = std::get_if<HeadRefusal>(&parsed);
        const auto* head = std::get_if<RequestHead>(&parsed);
        const ListenerRoute* route = head != nullptr ? service_.route(head->path) : nullptr;
        std::optional<HeadRefusal> refused, unproven;
        if (refusal != nullptr) refused = *refusal;
        if (head != nullptr) refused = judge(*head, route);
        if (head != nullptr && !refused) unproven = judge_client(*head);
        if (unproven && (route == nullptr || !route->open)) refused = unproven;
        if (refused) {
            ListenerReply why{refused->status, std::string(refused->why) + '\n'};
            std::string allow = methods_of(route);
            const bool head_only = head != nullptr && head->method == "HEAD";
            co_await refuse(std::move(why), std::move(allow), head_only);
            co_return;
        }
        ListenerRequest request;
        request.method = head->method;
        request.path = head->path;
        request.query = head->query;
        request.content_type = head->content_type;
        request.fields = head->fields;
        request.admitted = !unproven;
        ListenerReply reply;
        if (route != nullptr && route->reader) {
            connection_->received.erase(0, end.size);
            BodyVerdict verdict = begin(request, *route);
            if (auto* refusing = std::get_if<ListenerReply>(&verdict)) {
                co_await refuse(std::move(*refusing), std::string(), false);
                co_return;
            }
            BodyReader& reader = *std::get<std::unique_ptr<BodyReader>>(verdict);
            const bool body = co_await pass_body(head->body, reader);
            if (!body) co_return;
            reply = reader.reply();
        } else {
            if (head->body > 0) {
                const bool body = co_await receive_body(end.size + head->body);
                if (!body) co_return;
                request.body = connection_->received.substr(end.size, head->body);
            }
            connection_->received.erase(0, end.size + head->body);
            reply = answer(request, route);
        }
        if (connection_->received.empty()) wipe(connection_->received);
        keep_alive = head->keep_alive && !service_.stopping && rules_ == service_.rules;
        if (reply.later) {
            connection_->deadline(service_.options.reply_time);
            const auto later = std::exchange(reply.later, {});
            reply = co_await finish(later);
        }
        const bool head_only = head->method == "HEAD";
        const bool sent = co_await send(std::move(reply), std::string(), head_only, keep_alive);
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

ListenerReply Conversation::answer(const ListenerRequest& request, const ListenerRoute* route) const {
    if ((route == nullptr || !route->open) &&
        !service_.allowance.take(std::chrono::steady_clock::now())) {
        return ListenerReply{429, "too many requests; come again in a second\n"};
    }
    if (route == nullptr) {
        ListenerReply reply{404, "not found; there is:\n"};
        for (const auto& [path, other] : service_.routes) reply.body += path + '\n';
        return reply;
    }
    try {
        return route->handler(request);
    } catch (const std::exception&) {
        return ListenerReply{500, "internal error\n"};
    }
}

BodyVerdict Conversation::begin(const ListenerRequest& request, const ListenerRoute& route) const {
    try {
        return route.reader(request);
    } catch (const std::exception&) {
        return ListenerReply{500, "internal error\n"};
    }
}

Task<bool> Conversation::send(ListenerReply reply, std::string allow, bool head_only, bool keep_alive) {
    std::string text = reply_head(reply, allow, keep_alive);
    if (!head_only) text += reply.body;
    connection_->deadline(service_.options.reply_time);
    co_return co_await connection_->send(text);
}

Task<> Conversation::refuse(ListenerReply reply, std::string allow, bool head_only) {
    const bool sent = co_await send(std::move(reply), std::move(allow), head_only, false);
    if (!sent) co_return;
    connection_->end_sending();
    connection_->deadline(linger_time);
    connection_->waiting = true;  // may be closed when room is needed
    for (std::size_t read = 0; read < linger_bytes && !service_.stopping;) {
        wipe(connection_->received);
        const bool came = co_await connection_->receive();
        if (!came) break;
        read += connection_->received.size();
    }
    connection_->waiting = false;
}

}  // namespace fairway
