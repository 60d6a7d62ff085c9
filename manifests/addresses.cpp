#include "manifests/addresses.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "manifests/text.hpp"

namespace fairway {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_label(std::string_view label) {
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    return std::all_of(label.begin(), label.end(), [](char c) {
        return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    });
}

/// Whether a reader of addresses would take the label for a number, as in 0x7f.1 or 2130706433.
bool looks_like_number(std::string_view label) {
    if (std::all_of(label.begin(), label.end(), is_digit)) return true;
    return label.starts_with("0x") || label.starts_with("0X");
}

/// What an address of version 4 is for, where that is not "a server".
std::string_view special_use(const std::array<std::uint8_t, 4>& a) {
    if (a[0] == 0) return "is no address of a server";
    if (a[0] == 127) return "is the gateway itself (loopback)";
    if (a[0] == 169 && a[1] == 254) return "is link-local, where the cloud keeps its metadata";
    if (a[0] >= 224) return "is a multicast, reserved or broadcast address";
    return {};
}

std::string_view special_use(const std::array<std::uint8_t, 16>& a) {
    const bool zeros = std::all_of(a.begin(), a.end() - 1, [](auto byte) { return byte == 0; });
    if (zeros && a[15] == 0) return "is no address of a server";
    if (zeros && a[15] == 1) return "is the gateway itself (loopback)";
    if (a[0] == 0xFE && (a[1] & 0xC0) == 0x80) return "is link-local";
    if (a[0] == 0xFF) return "is a multicast address";
    return {};
}

}  // namespace

std::optional<std::array<std::uint8_t, 4>> parse_ipv4(std::string_view text) {
    std::array<std::uint8_t, 4> out{};
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::string_view part = text.substr(0, text.find('.'));
        if (part.empty() || part.size() > 3 || (part.size() > 1 && part[0] == '0')) return std::nullopt;
        const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), out[i]);
        if (error != std::errc() || end != part.data() + part.size()) return std::nullopt;
        const bool last = i + 1 == out.size();
        if (last != (part.size() == text.size())) return std::nullopt;
        text.remove_prefix(std::min(part.size() + 1, text.size()));
    }
    return out;
}

std::optional<std::array<std::uint8_t, 16>> parse_ipv6(std::string_view text) {
    std::array<std::uint8_t, 16> out{};
    if (text.find(':') == std::string_view::npos) return std::nullopt;
    if (inet_pton(AF_INET6, std::string(text).c_str(), out.data()) != 1) return std::nullopt;
    return out;
}

bool is_host_name(std::string_view text) {
    if (text.empty() || text.size() > 253) return false;
    while (true) {
        const std::string_view label = text.substr(0, text.find('.'));
        if (!is_label(label)) return false;
        if (label.size() == text.size()) return !looks_like_number(label);
        text.remove_prefix(label.size() + 1);
    }
}

std::optional<Complaint> check_member_host(std::string_view host) {
    const std::string right = "write the address of a server in the gateway's network";
    if (const auto v4 = parse_ipv4(host)) {
        const auto use = special_use(*v4);
        if (use.empty()) return std::nullopt;
        return Complaint{quote(host) + ' ' + std::string(use), right};
    }
    if (const auto v6 = parse_ipv6(host)) {
        const bool mapped =
            std::all_of(v6->begin(), v6->begin() + 10, [](auto byte) { return byte == 0; }) &&
            (*v6)[10] == 0xFF && (*v6)[11] == 0xFF;
        if (mapped)
            return Complaint{quote(host) + " is an IPv4 address in disguise", "write it as IPv4"};
        const auto use = special_use(*v6);
        if (use.empty()) return std::nullopt;
        return Complaint{quote(host) + ' ' + std::string(use), right};
    }
    if (is_host_name(host)) {
        if (lower_case(host) != "localhost" && !lower_case(host).ends_with(".localhost"))
            return std::nullopt;
        return Complaint{quote(host) + " is the gateway itself (loopback)", right};
    }
    const std::string wrong = quote(host) + " is neither an IP address nor a host name";
    if (host.find("://") != std::string_view::npos)
        return Complaint{wrong, "write the host alone, without a scheme"};
    const auto colon = host.rfind(':');
    if (colon != std::string_view::npos && host.find(':') == colon) {
        return Complaint{wrong, "write the port into the field port"};
    }
    if (host.ends_with('.')) return Complaint{wrong, "leave out the dot at the end"};
    if (!std::all_of(host.begin(), host.end(), [](char c) { return c > 0; })) {
        return Complaint{wrong, "write an international name in its xn-- form"};
    }
    return Complaint{wrong, "write an IPv4 address as four decimal numbers, or a name"};
}

std::string canonical_host(std::string_view host) {
    if (const auto v6 = parse_ipv6(host)) {
        char text[INET6_ADDRSTRLEN];
        if (inet_ntop(AF_INET6, v6->data(), text, sizeof text)) return text;
    }
    return lower_case(host);
}

}  // namespace fairway
