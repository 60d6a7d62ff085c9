#include "controller/app/config/config_values.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "manifests/addresses.hpp"
#include "manifests/text.hpp"
#include "manifests/yaml_scalar.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::pair<std::string_view, Duration>, 4> units{
    {{"ms", Duration(1ms)}, {"s", Duration(1s)}, {"m", Duration(1min)}, {"h", Duration(1h)}}};

bool is_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_name(std::string_view text) {
    const bool characters = std::all_of(text.begin(), text.end(), [](char c) {
        return is_alnum(c) || c == '.' || c == '_' || c == '-';
    });
    return characters && is_alnum(text.front()) && is_alnum(text.back());
}

bool is_word(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return is_alnum(c) || c == '_' || c == '-';
    });
}

bool is_region(std::string_view text) {
    return std::all_of(
               text.begin(), text.end(),
               [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; }
           ) &&
           text.front() != '-' && text.back() != '-';
}

bool has_no_colon(std::string_view text) {
    return text.find(':') == std::string_view::npos;
}

bool has_no_space(std::string_view text) {
    return text.find_first_of(", ") == std::string_view::npos;
}

bool is_variable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || c == '_'; }) &&
           !(text.front() >= '0' && text.front() <= '9');
}

std::optional<int> port_number(std::string_view text, int least) {
    int port = 0;
    if (text.empty() || text.size() > 5 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if (port < least || port > 65535) return std::nullopt;
    return port;
}

struct HostAndPort {
    std::string_view host;
    std::optional<std::string_view> port;
    bool bracketed = false;
};

/// `HOST`, `HOST:PORT`, `[V6]` or `[V6]:PORT`; not yet checked.
std::optional<HostAndPort> split_port(std::string_view text) {
    HostAndPort out;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == std::string_view::npos) return std::nullopt;
        out.bracketed = true;
        out.host = text.substr(1, end - 1);
        text.remove_prefix(end + 1);
        if (text.empty()) return out;
        if (!text.starts_with(':')) return std::nullopt;
        out.port = text.substr(1);
        return out;
    }
    const auto colon = text.find(':');
    out.host = text.substr(0, colon);
    if (colon != std::string_view::npos) out.port = text.substr(colon + 1);
    return out;
}

bool is_link_local(const HostAndPort& at) {
    if (const auto v4 = parse_ipv4(at.host)) return (*v4)[0] == 169 && (*v4)[1] == 254;
    if (const auto v6 = parse_ipv6(at.host)) return (*v6)[0] == 0xFE && ((*v6)[1] & 0xC0) == 0x80;
    return false;
}

bool is_host(const HostAndPort& at) {
    if (at.bracketed) return parse_ipv6(at.host).has_value();
    return parse_ipv4(at.host) || is_host_name(at.host);
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
    constexpr int most_digits = 9;  // a thousand million hours are still counted in microseconds
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    const auto digits = static_cast<std::size_t>(end - text.data());
    if (error != std::errc() || digits == 0 || digits > most_digits || text.front() == '-')
        return std::nullopt;
    for (const auto& [unit, length] : units) {
        if (text.substr(digits) == unit) return count * length;
    }
    return std::nullopt;
}

std::string to_text(Duration duration) {
    for (auto it = units.rbegin(); it != units.rend(); ++it) {
        const auto& [unit, length] = *it;
        if (duration.count() % length.count() != 0 || (duration == 0us && unit != "s")) continue;
        return std::to_string(duration / length) + std::string(unit);
    }
    return std::to_string(duration.count()) + "us";
}

std::optional<Duration> read_duration(
    Fields& fields, std::string_view key, Duration low, Duration high
) {
    const YamlNode* node = fields.find(key);
    if (!node || node->kind == YamlNode::Kind::refused) return std::nullopt;
    const std::string right = "write a duration from " + to_text(low) + " to " + to_text(high) +
                              ", such as 200ms, 30s, 5m or 1h";
    if (node->kind != YamlNode::Kind::scalar) {
        fields.findings().error(node->at, fields.path(key), std::string(kind_of(*node)), right);
        return std::nullopt;
    }
    const auto duration = parse_duration(node->text);
    if (!duration) {
        fields.findings().error(
            node->at, fields.path(key), quote(node->text) + " is no duration", right
        );
        return std::nullopt;
    }
    if (*duration < low || *duration > high) {
        fields.findings().error(node->at, fields.path(key), node->text + " is out of range", right);
        return std::nullopt;
    }
    return duration;
}

std::optional<double> read_number(Fields& fields, std::string_view key, double low, double high) {
    const YamlNode* node = fields.find(key);
    if (!node || node->kind == YamlNode::Kind::refused) return std::nullopt;
    const auto shown = [](double number) {
        char text[32];
        const auto end = std::to_chars(text, text + sizeof text, number).ptr;
        return std::string(text, end);
    };
    const std::string right = "write a number from " + shown(low) + " to " + shown(high);
    const bool plain = node->kind == YamlNode::Kind::scalar && !node->quoted;
    const ScalarType type = plain ? scalar_type(node->text) : ScalarType::text;
    double value = std::nan("");
    if (type == ScalarType::integer || type == ScalarType::real) {
        const char* end = node->text.data() + node->text.size();
        const auto read = std::from_chars(node->text.data(), end, value);  // no locale is asked
        if (read.ec != std::errc() || read.ptr != end) value = std::nan("");
    }
    if (std::isnan(value)) {
        const std::string wrong =
            plain ? quote(node->text) + " is not a number" : std::string(kind_of(*node));
        fields.findings().error(node->at, fields.path(key), wrong, right);
        return std::nullopt;
    }
    if (value < low || value > high) {
        fields.findings().error(node->at, fields.path(key), node->text + " is out of range", right);
        return std::nullopt;
    }
    return value;
}

std::optional<Complaint> check_endpoint(std::string_view text) {
    const std::string right = "write https://HOST or https://HOST:PORT";
    constexpr std::string_view scheme = "https://";
    if (lower_case(text.substr(0, 7)) == "http://") return Complaint{"is not encrypted", right};
    if (text.find('@') != std::string_view::npos) {  // what stands before may be a password
        return Complaint{"contains a user", "leave it out; credentials have their own place"};
    }
    const std::string shown = quote(text);
    if (lower_case(text.substr(0, scheme.size())) != scheme)
        return Complaint{shown + " does not start with https://", right};
    const std::string_view rest = text.substr(scheme.size());
    if (rest.find_first_of("/?#\\") != std::string_view::npos) {
        return Complaint{
            shown + " has a path, a query or a fragment", "end it after the host or the port"};
    }
    const auto at = split_port(rest);
    if (!at || !is_host(*at)) {
        if (rest.ends_with('.')) return Complaint{shown + " ends with a dot", "leave it out"};
        return Complaint{shown + " names no host", right + ", an IPv6 address in brackets"};
    }
    if (at->port && !port_number(*at->port, 1))
        return Complaint{shown + " has no port from 1 to 65535", right};
    if (is_link_local(*at)) return Complaint{shown + " is link-local", "name the API's own host"};
    return std::nullopt;
}

std::optional<Complaint> check_proxy_url(std::string_view text) {
    const std::string right = "write http://HOST:PORT";
    constexpr std::string_view scheme = "http://";
    if (text.find('@') != std::string_view::npos) {  // what stands before may be a password
        return Complaint{"contains a user", "write user and password beside the url"};
    }
    const std::string shown = quote(text);
    if (text.substr(0, scheme.size()) != scheme)
        return Complaint{shown + " does not start with http://", right};
    const auto at = split_port(text.substr(scheme.size()));
    if (!at || !is_host(*at)) return Complaint{shown + " names no host", right};
    if (!at->port || !port_number(*at->port, 1))
        return Complaint{shown + " has no port from 1 to 65535", right};
    return std::nullopt;
}

ProxyUrl split_proxy_url(std::string_view text) {
    const auto at = split_port(text.substr(std::string_view("http://").size()));
    if (!at || !at->port) return {};
    const auto port = port_number(*at->port, 1);
    return {std::string(at->host), static_cast<std::uint16_t>(port.value_or(0))};
}

std::optional<Complaint> check_listen(std::string_view text) {
    const std::string right = "write 127.0.0.1:9464 or [::1]:9464";
    const auto at = split_port(text);
    if (!at || !at->port || !port_number(*at->port, 0))
        return Complaint{quote(text) + " is no address and port", right};
    const auto v4 = at->bracketed ? std::nullopt : parse_ipv4(at->host);
    const auto v6 = at->bracketed ? parse_ipv6(at->host) : std::nullopt;
    if (!v4 && !v6) return Complaint{quote(text) + " does not begin with an IP address", right};
    return std::nullopt;
}

bool is_loopback(std::string_view listen) {
    const auto at = split_port(listen);
    if (!at) return false;
    if (at->bracketed) return parse_ipv6(at->host) == parse_ipv6("::1");
    const auto v4 = parse_ipv4(at->host);
    return v4 && (*v4)[0] == 127;
}

std::optional<Complaint> check_server_host(std::string_view text) {
    const auto at = split_port(text);
    if (at && is_host(*at) && (!at->port || port_number(*at->port, 1))) return std::nullopt;
    return Complaint{
        quote(text) + " is no host",
        "write a name or an address, and perhaps a port; there are no patterns"};
}

namespace rules {

const TextRule path{"a path", 1, 4096};
const TextRule endpoint{"an endpoint", 1, 512, nullptr, "https://HOST or https://HOST:PORT",
                        check_endpoint};
const TextRule listen{"an address and port", 1, 64, nullptr, "127.0.0.1:9464", check_listen};
const TextRule server_host{"a host",         1, 300, nullptr, "fairway.example or fairway.example:9464",
                           check_server_host};
const TextRule name{"a name", 1, 64, is_name, "letters, digits, and . _ - between them"};
const TextRule cloud_project_id{"a project id", 1, 128, is_word, "the id of the cloud's project"};
const TextRule region{"a region", 1, 64, is_region, "a region such as cn-north-4"};
const TextRule variable{
    "a variable's name", 1, 255, is_variable, "letters, digits and _, no digit first"};
const TextRule credential{
    "a credential's name", 1, 255, is_name, "letters, digits, and . _ - between them"};
const TextRule user{"a user name", 1, 64};
const TextRule domain{"an account's name", 1, 64};
const TextRule agency{"an agency's name", 1, 64};
const TextRule cloud_project_name{"a project's name", 1, 64, is_name, "a region, or REGION_NAME"};
const TextRule proxy_url{"a proxy's URL", 1, 512, nullptr, "http://HOST:PORT", check_proxy_url};
const TextRule proxy_user{"a user name", 1, 255, has_no_colon, "one without a colon"};
const TextRule proxy_exception{
    "a host", 1, 255, has_no_space, "a name, an address, a network such as 10.0.0.0/8, or *"};

}  // namespace rules
}  // namespace fairway
