#include "controller/listener/host_rules.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <utility>

namespace fairway {
namespace {

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

struct HostAndPort {
    std::string host;  ///< IPv6 without brackets
    std::optional<std::uint16_t> port;
    bool bracketed = false;
};

std::optional<HostAndPort> split_host(std::string_view text) {
    HostAndPort result;
    std::string_view rest;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        result.host = lower(text.substr(1, end - 1));
        result.bracketed = true;
        rest = text.substr(end + 1);
    } else {
        const auto colon = text.find(':');
        result.host = lower(text.substr(0, colon));
        rest = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
    }
    if (result.host.empty()) return std::nullopt;
    if (rest.empty()) return result;
    if (!rest.starts_with(':')) return std::nullopt;
    rest.remove_prefix(1);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), port);
    if (error != std::errc() || end != rest.data() + rest.size()) return std::nullopt;
    result.port = port;
    return result;
}

/// One spelling for each address; nothing for a name.
std::optional<std::string> as_address(const std::string& host) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(host, error);
    if (error) return std::nullopt;
    return address.to_string();
}

std::string with_port(const std::string& host, std::uint16_t port) {
    return as_address(host).value_or(host) + ' ' + std::to_string(port);
}

}  // namespace

Result<ListenAddress> parse_listen_address(std::string_view text) {
    const auto wrong = [&](std::string_view advice) {
        return Error(
            ErrorClass::terminal, ErrorReason::validation,
            "listen address \"" + std::string(text) + "\": " + std::string(advice)
        );
    };
    auto parts = split_host(text);
    if (!parts || !parts->port) return wrong("write ADDRESS:PORT, such as 127.0.0.1:9464 or [::1]:9464");
    if (parts->host == "localhost") parts->host = "127.0.0.1";
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(parts->host, error);
    if (error) return wrong("names are not looked up; write an IP address");
    if (address.is_v6() != parts->bracketed)
        return wrong("IPv6 addresses, and only they, are written in brackets");
    return ListenAddress{address.to_string(), *parts->port};
}

HostRules::HostRules(
    std::string address, std::uint16_t port, bool wildcard, const std::vector<std::string>& names,
    std::uint16_t usual_port
)
    : port_(port), usual_port_(usual_port), wildcard_(wildcard) {
    for (const std::string& host :
         {std::move(address), std::string("localhost"), std::string("127.0.0.1"), std::string("::1")}) {
        allowed_.push_back(with_port(host, port));
    }
    for (const auto& name : names) {
        const auto parts = split_host(name);
        if (parts) allowed_.push_back(with_port(parts->host, parts->port.value_or(port)));
    }
}

bool HostRules::allows(std::string_view host, std::string_view local_address) const {
    const auto parts = split_host(host);
    if (!parts) return false;
    const std::string wanted = with_port(parts->host, parts->port.value_or(usual_port_));
    if (std::find(allowed_.begin(), allowed_.end(), wanted) != allowed_.end()) return true;
    // A scraper that finds us by address; a page cannot be at an address that is ours.
    return wildcard_ && wanted == with_port(std::string(local_address), port_);
}

}  // namespace fairway
