#include "controller/api/reply_parser.hpp"

#include <algorithm>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <optional>
#include <utility>

namespace fairway {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

// Of an answer as Beast sees it: the callbacks fill `reply` and note the first flaw.
class Grammar : public http::basic_parser<false> {
public:
    Grammar(const ReplyLimits& limits, HttpReply& reply, std::string& flaw)
        : limits_(limits), reply_(reply), flaw_(flaw) {
        header_limit(static_cast<std::uint32_t>(limits.header_bytes));
        body_limit(limits.body_bytes);
        eager(true);
    }

    bool interim() const { return reply_.status < 200; }
    bool whole_chunks_missing() const { return chunked_ && is_header_done(); }

private:
    void refuse(error_code& ec, std::string why) {
        if (flaw_.empty()) flaw_ = std::move(why);
        ec = http::error::bad_value;
    }

    void on_request_impl(http::verb, beast::string_view, beast::string_view, int, error_code&) override {
    }

    void on_response_impl(int code, beast::string_view, int version, error_code& ec) override {
        reply_.status = code;
        http_1_0_ = version < 11;
        if (code < 100 || code > 599 || code == 101) {
            refuse(ec, "has the impossible status " + std::to_string(code));
        }
    }

    void on_field_impl(
        http::field name, beast::string_view text, beast::string_view value, error_code& ec
    ) override {
        header_bytes_ += text.size() + value.size() + 4;
        if (++fields_ > limits_.fields) return refuse(ec, "has too many header fields");
        if (header_bytes_ > limits_.header_bytes) return refuse(ec, "has too large a header");
        if (is_header_done()) return;  // a trailer means nothing to us
        if (name == http::field::content_length) {
            if (sized_) return refuse(ec, "gives its length twice");
            // Beast takes a list of equal numbers for one; a proxy on the way may not.
            if (value.find(',') != value.npos) return refuse(ec, "gives its length twice");
            sized_ = true;
        }
        if (name == http::field::transfer_encoding) {
            if (chunked_ || http_1_0_ || !beast::iequals(value, "chunked")) {
                return refuse(ec, "has an unknown transfer encoding");
            }
            chunked_ = true;
        }
        if (sized_ && chunked_) return refuse(ec, "has a length and chunks");
        if (name == http::field::content_encoding && !beast::iequals(value, "identity")) {
            return refuse(ec, "is compressed, although that was not asked for");
        }
        reply_.add({text.data(), text.size()}, {value.data(), value.size()});
    }

    void on_header_impl(error_code&) override {}

    void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
        if (length) reply_.body.reserve(static_cast<std::size_t>(std::min(*length, trusted)));
    }

    std::size_t on_body_impl(beast::string_view body, error_code& ec) override {
        const std::size_t whole = reply_.body.size() + body.size();
        if (whole > limits_.body_bytes) ec = http::error::body_limit;
        if (ec) return body.size();
        // All at once from there: room that nothing is written to takes no memory, while growing by and
        // by leaves twice as much behind.
        if (whole > trusted && whole > reply_.body.capacity())
            reply_.body.reserve(limits_.body_bytes + spare);
        reply_.body.append(body.data(), body.size());
        return body.size();
    }

    void on_chunk_header_impl(std::uint64_t, beast::string_view extensions, error_code& ec) override {
        if (extensions.size() > limits_.chunk_header_bytes) refuse(ec, "has an oversized chunk header");
    }

    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, error_code& ec) override {
        return on_body_impl(body, ec);
    }

    void on_finish_impl(error_code&) override {}

    static constexpr std::uint64_t trusted = 1U << 20;  // what is announced may never come
    static constexpr std::size_t spare = 16;  // the parser of JSON takes some, and shall not move it all

    const ReplyLimits& limits_;
    HttpReply& reply_;
    std::string& flaw_;
    std::size_t fields_ = 0, header_bytes_ = 0;
    bool sized_ = false, chunked_ = false, http_1_0_ = false;
};

std::string grammar_flaw(const error_code& ec) {
    if (ec == http::error::body_limit) return "is too large";
    if (ec == http::error::header_limit) return "has too large a header";
    return "is not HTTP: " + ec.message();
}

}  // namespace

class ReplyParser::Impl {
public:
    explicit Impl(ReplyLimits with) : limits(with) { begin(); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    void begin() {
        reply = HttpReply();
        grammar.emplace(limits, reply, flaw);
    }

    bool done() const { return flaw.empty() && grammar->is_done() && !grammar->interim(); }

    ReplyLimits limits;
    HttpReply reply;
    std::string flaw;
    std::size_t interim = 0, taken = 0;
    bool too_large = false;
    std::optional<Grammar> grammar;
};

ReplyParser::ReplyParser(ReplyLimits limits) : impl_(std::make_unique<Impl>(limits)) {}
ReplyParser::~ReplyParser() = default;

std::size_t ReplyParser::put(std::string_view bytes) {
    Impl& at = *impl_;
    std::size_t used = 0;
    while (used < bytes.size() && at.flaw.empty() && !at.done()) {
        const std::string_view rest = bytes.substr(used);
        // Beast insists on five bytes once it has seen the last chunk; the shortest end has as many.
        if (at.grammar->whole_chunks_missing() && rest.size() < 5) break;
        error_code ec;
        used += at.grammar->put(boost::asio::const_buffer(rest.data(), rest.size()), ec);
        if (ec == http::error::need_more) {
            const std::size_t left = bytes.size() - used;
            const bool header = !at.grammar->is_header_done();
            if (left > (header ? at.limits.header_bytes : at.limits.chunk_header_bytes)) {
                at.flaw = header ? "has too large a header" : "has an oversized chunk header";
            }
            break;
        }
        if (ec) {
            at.too_large = at.flaw.empty() && ec == http::error::body_limit;
            if (at.flaw.empty()) at.flaw = grammar_flaw(ec);
            break;
        }
        if (at.grammar->is_done() && at.grammar->interim()) {
            if (++at.interim > at.limits.interim_replies) {
                at.flaw = "never came: only interim ones did";
                break;
            }
            at.begin();
        }
    }
    // Chunks of one byte with long extensions would otherwise pass every limit.
    at.taken += used;
    if (at.flaw.empty() && at.taken > 2 * at.limits.body_bytes + (1U << 20)) at.flaw = "is too large";
    return used;
}

void ReplyParser::put_eof() {
    Impl& at = *impl_;
    if (!at.flaw.empty() || at.done()) return;
    error_code ec = http::error::partial_message;
    if (at.grammar->got_some()) at.grammar->put_eof(ec);
    if (ec) at.flaw = "ends too early";
}

bool ReplyParser::header_done() const {
    return impl_->grammar->is_header_done() && !impl_->grammar->interim();
}
bool ReplyParser::done() const {
    return impl_->done();
}
const std::string& ReplyParser::flaw() const {
    return impl_->flaw;
}
bool ReplyParser::too_large() const {
    return impl_->too_large;
}
bool ReplyParser::keep_alive() const {
    return done() && !impl_->grammar->need_eof() && impl_->grammar->keep_alive();
}
HttpReply ReplyParser::take() {
    return std::move(impl_->reply);
}

}  // namespace fairway
