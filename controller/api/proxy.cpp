#include "controller/api/proxy.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <charconv>
#include <optional>
#include <vector>

#include "controller/api/base64.hpp"

namespace fairway {
namespace {

namespace ip = boost::asio::ip;

constexpr std::size_t longest_head = 16U << 10;

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return out;
}

std::optional<ip::address> address_of(const std::string& text) {
    boost::system::error_code none;
    const auto address = ip::make_address(text, none);
    return none ? std::nullopt : std::optional(address);
}

bool in_network(const std::string& network, const ip::address& address) {
    boost::system::error_code none;
    if (address.is_v4()) {
        const auto net = ip::make_network_v4(network, none);
        return !none &&
               net.canonical() == ip::network_v4(address.to_v4(), net.prefix_length()).canonical();
    }
    const auto net = ip::make_network_v6(network, none);
    return !none && net.canonical() == ip::network_v6(address.to_v6(), net.prefix_length()).canonical();
}

/// Takes ":PORT" off, unless the text is an IPv6 address.
std::optional<std::uint16_t> take_port(std::string& text) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos) return std::nullopt;
    if (text.find(':') != colon && text[colon - 1] != ']') return std::nullopt;
    std::uint16_t port = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data() + colon + 1, end, port);
    if (failure != std::errc() || stop != end) return std::nullopt;
    text.resize(colon);
    return port;
}

bool excepts(std::string rule, const std::string& host, std::uint16_t port) {
    if (rule == "*") return true;
    if (const auto only = take_port(rule); only && *only != port) return false;
    if (rule.size() > 2 && rule.front() == '[' && rule.back() == ']')
        rule = rule.substr(1, rule.size() - 2);
    if (const auto address = address_of(host)) {
        if (rule.find('/') != std::string::npos) return in_network(rule, *address);
        return address_of(rule) == address;
    }
    if (rule.starts_with("*.")) rule.erase(0, 2);
    if (rule.starts_with('.')) rule.erase(0, 1);
    if (rule.empty() || !host.ends_with(rule)) return false;
    return host.size() == rule.size() || host[host.size() - rule.size() - 1] == '.';
}

Error network(const Proxy& proxy, const std::string& what) {
    return {ErrorClass::retryable, ErrorReason::network, "proxy " + proxy.authority() + " " + what};
}

}  // namespace

bool is_direct(const Proxy& proxy, std::string_view host, std::uint16_t port) {
    const std::string wanted = lower(host);
    for (const std::string& rule : proxy.except) {
        if (excepts(lower(rule), wanted, port)) return true;
    }
    return false;
}

std::string connect_request(const Proxy& proxy, const std::string& target) {
    std::string request = "CONNECT " + target + " HTTP/1.1\r\nHost: " + target + "\r\n";
    if (!proxy.user.empty()) {
        std::string pair;
        pair.reserve(proxy.user.size() + 1 + proxy.password.reveal().size());
        pair.append(proxy.user).append(":").append(proxy.password.reveal());
        std::string basic = base64(pair);
        const WipedLater pair_wiped(pair), basic_wiped(basic);
        request.reserve(request.size() + 64 + basic.size());
        request.append("Proxy-Authorization: Basic ").append(basic).append("\r\n");
    }
    request += "\r\n";
    return request;
}

Result<bool> judge_connect(const Proxy& proxy, const std::string& target, std::string_view head) {
    constexpr std::string_view version = "HTTP/1.";
    const auto known = std::min(head.size(), version.size());
    if (head.substr(0, known) != version.substr(0, known)) {
        return network(proxy, "does not answer in HTTP/1.1: is it an HTTP proxy?");
    }
    const auto end = head.find("\r\n\r\n");
    if (end == head.npos) {
        if (head.size() > longest_head) return network(proxy, "answers with a header that does not end");
        return false;
    }
    // HTTP/1.1 200 ...
    int status = 0;
    const std::string_view digits = head.substr(std::min<std::size_t>(9, head.size()), 3);
    const auto [stop, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), status);
    if (head[8] != ' ' || failure != std::errc() || stop != digits.data() + 3 || status < 100) {
        return network(proxy, "answers without a status");
    }
    const bool unknown_to_it = status == 407 || status == 401;  // tinyproxy says 401
    if (unknown_to_it) {
        return Error(
            ErrorClass::auth, ErrorReason::auth,
            "proxy " + proxy.authority() +
                (proxy.user.empty() ? " asks for a user and a password; set proxy.user and "
                                      "proxy.password"
                                    : " does not accept the user and the password")
        );
    }
    const std::string code = " (" + std::to_string(status) + ")";
    if (status == 403 || status == 405) {
        return network(proxy, "does not allow a connection to " + target + code);
    }
    if (status < 200 || status > 299) {
        return network(proxy, "could not connect to " + target + code);
    }
    // The host waits for us to speak first: what is there already comes from somebody else.
    if (head.size() != end + 4) return network(proxy, "sends more than its answer");
    return true;
}

}  // namespace fairway
