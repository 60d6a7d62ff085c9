#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reconciler/model/error.hpp"
#include "reconciler/model/time.hpp"

namespace fairway {

struct HttpField {
    std::string name, value;
};

/// One request. Host, User-Agent, Accept and Content-Length are added by the client.
struct HttpRequest {
    std::string method;
    std::string target;  ///< path and query, escaped
    std::vector<HttpField> fields;
    std::string body;
    /// Asked when all is ready for the first byte, which waits for a connection before: an error is what
    /// becomes of the request then, and nothing is sent.
    std::function<std::optional<Error>()> held_back{};
    /// A GET is safe: it may be repeated, and its outcome is never unknown.
    bool is_safe() const { return method == "GET"; }
};

/// One whole, well-framed answer.
class HttpReply {
public:
    int status = 0;
    std::string body;

    void add(std::string_view name, std::string_view value);
    /// The first field of that name, case aside; empty where there is none.
    std::string_view field(std::string_view name) const;
    std::size_t count(std::string_view name) const;
    /// Changes the body and the value of every field.
    void edit(const std::function<void(std::string&)>& change);
    friend void wipe(HttpReply& reply) noexcept;

private:
    struct Place {
        std::uint32_t begin, name_size, value_size;
    };
    std::string text_;  // names and values end to end: two allocations for a whole header
    std::vector<Place> places_;
};

/// Leaves nothing of what a request proved itself by, or of its body.
void wipe(HttpRequest& request) noexcept;
void wipe(HttpReply& reply) noexcept;

/// How long each step of a call may take, and all of them together.
struct CallDeadlines {
    Duration resolve{std::chrono::seconds(5)};
    Duration connect{std::chrono::seconds(5)};
    Duration handshake{std::chrono::seconds(5)};
    Duration header{
        std::chrono::seconds(25)};  ///< from the first byte sent to the end of the answer's header
    Duration body{std::chrono::seconds(15)};
    Duration whole{std::chrono::seconds(30)};
};

}  // namespace fairway
