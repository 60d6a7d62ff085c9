#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "controller/listener/connection.hpp"
#include "controller/listener/host_rules.hpp"
#include "controller/listener/listener.hpp"
#include "controller/listener/request_head.hpp"

namespace fairway {

/// What all connections of a listener are served by.
struct Service {
    Service(std::map<std::string, ListenerHandler> routes_given, ListenerOptions options_given);

    std::map<std::string, ListenerHandler> routes;
    ListenerOptions options;
    HeadLimits limits;
    std::string allow;                    ///< the methods, as they are told
    std::optional<HostRules> host_rules;  ///< none for a Unix socket
    bool stopping = false;
};

/// One request after the other over one connection.
class Conversation {
public:
    Conversation(ConnectionPtr connection, const Service& service)
        : connection_(std::move(connection)), service_(service) {}
    /// Until either side has enough.
    Task<> run();

private:
    /// True when the end of the head is there, or is not worth waiting for.
    Task<bool> receive_head(HeadEnd& end);
    Task<bool> receive_body(std::size_t until);
    ListenerReply answer(const ListenerRequest& request) const;
    Task<ListenerReply> finish(std::function<Task<ListenerReply>()> later);
    Task<bool> send(ListenerReply reply, bool head_only, bool keep_alive);
    /// Tells why, and ends the connection in a way that lets the client read it.
    Task<> refuse(int status, std::string why, bool head_only);

    const ConnectionPtr connection_;
    const Service& service_;
};

}  // namespace fairway
