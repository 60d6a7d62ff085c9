#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "manifests/field_reader.hpp"
#include "reconciler/model/time.hpp"

namespace fairway {

/// `200ms`, `30s`, `5m`, `1h`: a whole number and a unit; nothing for any other text, nor for what is
/// too long to count.
std::optional<Duration> parse_duration(std::string_view text);

/// A duration as one would write it.
std::string to_text(Duration duration);

/// Reads a duration and reports what does not fit, bounds included.
std::optional<Duration> read_duration(Fields& fields, std::string_view key, Duration low, Duration high);

/// Reads a number that may have a fraction.
std::optional<double> read_number(Fields& fields, std::string_view key, double low, double high);

/// `https://HOST[:PORT]` and nothing more.
std::optional<Complaint> check_endpoint(std::string_view text);

/// `http://HOST:PORT` and nothing more.
std::optional<Complaint> check_proxy_url(std::string_view text);

struct ProxyUrl {
    std::string host;  ///< without brackets
    std::uint16_t port = 0;
};
/// Of a URL that passed that check.
ProxyUrl split_proxy_url(std::string_view text);

/// `ADDRESS:PORT`.
std::optional<Complaint> check_listen(std::string_view text);
/// Whether one that passed that check is reached from this machine alone.
bool is_loopback(std::string_view listen);

/// `HOST` or `HOST:PORT`.
std::optional<Complaint> check_server_host(std::string_view text);

namespace rules {

extern const TextRule path, endpoint, listen, server_host, name, cloud_project_id, region, variable,
    credential, user, domain, agency, cloud_project_name, proxy_url, proxy_user, proxy_exception;

}  // namespace rules
}  // namespace fairway
