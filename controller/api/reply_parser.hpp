#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "controller/api/http_message.hpp"

namespace fairway {

/// How much of an answer we take.
struct ReplyLimits {
    std::size_t header_bytes = 128U << 10;  ///< a token's header alone may have 64 KiB
    std::size_t fields = 128;
    /// A page of 500 channels with ten members and ten groups each has some 6 MiB.
    std::size_t body_bytes = 10U << 20;
    std::size_t interim_replies = 8;        ///< of the kind "100 Continue"
    std::size_t chunk_header_bytes = 8192;  ///< size, extensions; also the trailer
};

/// Reads one HTTP/1.1 answer from bytes as they come. Beast takes the grammar apart; what may frame an
/// answer is decided here, more strictly: one length, no second opinion, nothing compressed.
class ReplyParser {
public:
    explicit ReplyParser(ReplyLimits limits);
    ~ReplyParser();

    /// Takes what it can of `bytes` and returns how much that was. The rest must be given again, with
    /// more behind it. Nothing is taken once the answer is whole or has a flaw.
    std::size_t put(std::string_view bytes);
    /// The peer ended the connection properly: completes a body that lasts until then.
    void put_eof();

    bool header_done() const;
    bool done() const;
    /// Why the answer is refused; empty while it is not.
    const std::string& flaw() const;
    /// Whether it is the size of its body.
    bool too_large() const;
    /// Whether another request may follow on the same connection.
    bool keep_alive() const;
    HttpReply take();

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace fairway
