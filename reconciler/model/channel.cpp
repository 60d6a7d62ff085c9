#include "reconciler/model/channel.hpp"

#include <array>
#include <utility>

namespace fairway {
namespace {

/// One table per enumeration serves both directions.
template <class Enum>
struct Words;

template <class Enum, std::size_t N>
using Table = std::array<std::pair<Enum, std::string_view>, N>;

template <>
struct Words<BalanceStrategy> {
    static constexpr Table<BalanceStrategy, 4> table{
        {{BalanceStrategy::wrr, "wrr"},
         {BalanceStrategy::wlc, "wlc"},
         {BalanceStrategy::sh, "sh"},
         {BalanceStrategy::uri, "uri"}}};
};
template <>
struct Words<MemberType> {
    static constexpr Table<MemberType, 2> table{{{MemberType::ip, "ip"}, {MemberType::ecs, "ecs"}}};
};
template <>
struct Words<ChannelType> {
    static constexpr Table<ChannelType, 3> table{
        {{ChannelType::builtin, "builtin"},
         {ChannelType::microservice, "microservice"},
         {ChannelType::reference, "reference"}}};
};
template <>
struct Words<HealthProtocol> {
    static constexpr Table<HealthProtocol, 3> table{
        {{HealthProtocol::tcp, "tcp"},
         {HealthProtocol::http, "http"},
         {HealthProtocol::https, "https"}}};
};
template <>
struct Words<HealthMethod> {
    static constexpr Table<HealthMethod, 2> table{
        {{HealthMethod::get, "GET"}, {HealthMethod::head, "HEAD"}}};
};
template <>
struct Words<ServiceType> {
    static constexpr Table<ServiceType, 4> table{
        {{ServiceType::cse, "CSE"},
         {ServiceType::cce, "CCE"},
         {ServiceType::cce_service, "CCE_SERVICE"},
         {ServiceType::nacos, "NACOS"}}};
};
template <>
struct Words<WorkloadType> {
    static constexpr Table<WorkloadType, 3> table{
        {{WorkloadType::deployment, "deployment"},
         {WorkloadType::statefulset, "statefulset"},
         {WorkloadType::daemonset, "daemonset"}}};
};
template <>
struct Words<AdminStatus> {
    static constexpr Table<AdminStatus, 2> table{
        {{AdminStatus::available, "available"}, {AdminStatus::unavailable, "unavailable"}}};
};
template <>
struct Words<ChannelStatus> {
    static constexpr Table<ChannelStatus, 2> table{
        {{ChannelStatus::normal, "normal"}, {ChannelStatus::abnormal, "abnormal"}}};
};
template <>
struct Words<HealthStatus> {
    static constexpr Table<HealthStatus, 3> table{
        {{HealthStatus::unknown, "unknown"},
         {HealthStatus::healthy, "healthy"},
         {HealthStatus::unhealthy, "unhealthy"}}};
};

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_word(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (lower(a[i]) != lower(b[i])) return false;
    }
    return true;
}

template <class Enum>
std::string_view word_of(Enum value) {
    for (const auto& [enumerator, word] : Words<Enum>::table) {
        if (enumerator == value) return word;
    }
    return "unknown";
}

}  // namespace

std::string_view to_string(BalanceStrategy value) {
    return word_of(value);
}
std::string_view to_string(MemberType value) {
    return word_of(value);
}
std::string_view to_string(ChannelType value) {
    return word_of(value);
}
std::string_view to_string(HealthProtocol value) {
    return word_of(value);
}
std::string_view to_string(HealthMethod value) {
    return word_of(value);
}
std::string_view to_string(ServiceType value) {
    return word_of(value);
}
std::string_view to_string(WorkloadType value) {
    return word_of(value);
}
std::string_view to_string(AdminStatus value) {
    return word_of(value);
}
std::string_view to_string(ChannelStatus value) {
    return word_of(value);
}
std::string_view to_string(HealthStatus value) {
    return word_of(value);
}

template <class Enum>
std::optional<Enum> parse_enum(std::string_view text) {
    for (const auto& [enumerator, word] : Words<Enum>::table) {
        if (same_word(word, text)) return enumerator;
    }
    return std::nullopt;
}

template std::optional<BalanceStrategy> parse_enum(std::string_view);
template std::optional<MemberType> parse_enum(std::string_view);
template std::optional<ChannelType> parse_enum(std::string_view);
template std::optional<HealthProtocol> parse_enum(std::string_view);
template std::optional<HealthMethod> parse_enum(std::string_view);
template std::optional<ServiceType> parse_enum(std::string_view);
template std::optional<WorkloadType> parse_enum(std::string_view);
template std::optional<AdminStatus> parse_enum(std::string_view);
template std::optional<ChannelStatus> parse_enum(std::string_view);
template std::optional<HealthStatus> parse_enum(std::string_view);

ChannelType channel_type(const ChannelSpec& spec) {
    if (spec.vpc_channel_type) return *spec.vpc_channel_type;
    if (spec.type == 3 && spec.microservice_info) return ChannelType::microservice;
    return ChannelType::builtin;
}

}  // namespace fairway
