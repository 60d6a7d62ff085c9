// Any bytes as an HTTP answer: however they are cut, the parser sees the same in them.
#include "controller/api/reply_parser.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>
#include <string>

namespace fairway {
namespace {

struct Seen {
    bool done, header_done, keep_alive;
    bool flawed;
    bool too_large;  ///< beyond a limit, which a part that came at once may just pass
    int status;
    std::string body;
    std::size_t taken;
};

ReplyLimits small_limits() {
    ReplyLimits limits;
    limits.header_bytes = 4096;
    limits.fields = 16;
    limits.body_bytes = 8192;
    limits.chunk_header_bytes = 256;
    return limits;
}

Seen read_in_slices(std::string_view bytes, std::size_t slice) {
    ReplyParser parser(small_limits());
    std::size_t begin = 0, end = 0;
    while (!parser.done() && parser.flaw().empty() && end < bytes.size()) {
        end = std::min(bytes.size(), end + slice);
        begin += parser.put(bytes.substr(begin, end - begin));
        must(begin <= end, "no more is taken than was given");
    }
    if (!parser.done() && parser.flaw().empty()) parser.put_eof();
    Seen seen{};
    seen.done = parser.done();
    seen.flawed = !parser.flaw().empty();
    seen.too_large = parser.flaw().find("oversized") != std::string::npos ||
                     parser.flaw().find("too large") != std::string::npos;
    must(!(seen.done && seen.flawed), "an answer is whole or flawed, never both");
    if (!seen.done) return seen;
    seen.header_done = parser.header_done();
    seen.keep_alive = parser.keep_alive();
    seen.taken = begin;
    const HttpReply reply = parser.take();
    seen.status = reply.status;
    seen.body = reply.body;
    must(reply.body.size() <= small_limits().body_bytes, "no body beyond the limit");
    must(reply.status >= 100 && reply.status <= 599, "no status beyond the known ones");
    return seen;
}

}  // namespace
}  // namespace fairway

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fairway;
    if (size == 0) return 0;
    const std::string_view bytes = text_of(data + 1, size - 1);
    const Seen whole = read_in_slices(bytes, bytes.size() + 1);
    const Seen parts = read_in_slices(bytes, 1 + data[0] % 64U);
    if (whole.too_large || parts.too_large) return 0;
    must(whole.done == parts.done && whole.flawed == parts.flawed, "slices make no difference");
    must(whole.status == parts.status && whole.body == parts.body, "nor in what the answer says");
    must(whole.keep_alive == parts.keep_alive && whole.taken == parts.taken, "nor in where it ends");
    return 0;
}
