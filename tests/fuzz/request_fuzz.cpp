// Any bytes as the head of a request to our own listener: one strict verdict, wherever the head is cut.
#include "controller/listener/request_head.hpp"
#include "tests/fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fairway;
    const std::string_view bytes = text_of(data, size);
    const HeadLimits limits;
    const HeadEnd end = find_head_end(bytes, limits);
    must(end.size <= size, "a head ends within what came");
    must(end.size == 0 || end.refused == 0, "a head is found or refused, never both");
    for (std::size_t cut = 0; cut < size && cut < 256; ++cut) {
        const HeadEnd early = find_head_end(bytes.substr(0, cut), limits);
        must(early.size == 0 || early.size == end.size, "a head has one end");
    }
    const auto judged = parse_request_head(end.size > 0 ? bytes.substr(0, end.size) : bytes, limits);
    if (const auto* head = std::get_if<RequestHead>(&judged)) {
        must(head->method == "GET" || head->method == "HEAD", "no other method");
        must(!head->path.empty() && head->path.front() == '/', "a path is absolute");
        must(head->body == 0, "no body");
    } else {
        must(std::get<HeadRefusal>(judged).status >= 400, "a refusal has a status");
    }
    return 0;
}
