#pragma once

#include <cstdint>

#include "controller/net/openssl_pointers.hpp"

namespace fairway {

/// A socket as OpenSSL sees it. Its own BIO for sockets raises SIGPIPE, and does not say how much it
/// sent. The socket stays the caller's; no step waits when it does not block.
struct Wire {
    int socket = -1;
    std::uint64_t sent = 0;
    int error = 0;
    bool ended = false;
};

/// Over that wire, which must outlive it.
BIO* make_wire_bio(Wire& wire);

}  // namespace fairway
