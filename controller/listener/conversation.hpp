#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "controller/listener/allowance.hpp"
#include "controller/listener/connection.hpp"
#include "controller/listener/host_rules.hpp"
#include "controller/listener/listener.hpp"
#include "controller/listener/request_head.hpp"

namespace fairway {

/// What all connections of a listener are served by.
struct Service {
    Service(ListenerRoutes routes_given, ListenerOptions options_given);
    const ListenerRoute* route(const std::string& path) const;

    ListenerRoutes routes;
    ListenerOptions options;
    HeadLimits limits;                    ///< of all routes together
    std::optional<HostRules> host_rules;  ///< none for a Unix socket
    Allowance allowance, handshakes;
    unsigned rules = 0;  ///< counts the changes of options.access
    bool stopping = false;
};

/// One request after the other over one connection.
class Conversation {
public:
    Conversation(ConnectionPtr connection, Service& service)
        : connection_(std::move(connection)), service_(service), rules_(service.rules) {}
    /// Until either side has enough.
    Task<> run();

private:
    /// True when the end of the head is there, or is not worth waiting for.
    Task<bool> receive_head(HeadEnd& end);
    Task<bool> receive_body(std::size_t until);
    /// Hands on what comes, and keeps nothing.
    Task<bool> pass_body(std::uint64_t size, BodyReader& reader);
    /// Nothing where all is well.
    std::optional<HeadRefusal> judge(const RequestHead& head, const ListenerRoute* route) const;
    std::optional<HeadRefusal> judge_client(const RequestHead& head) const;
    ListenerReply answer(const ListenerRequest& request, const ListenerRoute* route) const;
    BodyVerdict begin(const ListenerRequest& request, const ListenerRoute& route) const;
    Task<ListenerReply> finish(std::function<Task<ListenerReply>()> later);
    Task<bool> send(ListenerReply reply, std::string allow, bool head_only, bool keep_alive);
    /// Tells why, and ends the connection in a way that lets the client read it.
    Task<> refuse(ListenerReply reply, std::string allow, bool head_only);

    const ConnectionPtr connection_;
    Service& service_;
    const unsigned rules_;  ///< what the connection was let in under
};

}  // namespace fairway
