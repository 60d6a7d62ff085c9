#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include "controller/codec/channel_json.hpp"
#include "controller/codec/json_object.hpp"

namespace fairway {
namespace {

/// At most `limit` bytes, cut between characters.
std::string cut(std::string text, std::size_t limit) {
    if (text.size() <= limit) return text;
    while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80) --limit;
    text.resize(limit);
    return text;
}

GatewayInstance read_instance(const JsonObject& row) {
    GatewayInstance instance;
    instance.id = row.required_text("id");
    instance.name = row.text_or_empty("name");
    instance.status = row.text_or_empty("status");
    return instance;
}

/// Whether names may be changed; nothing when the row is about another feature.
std::optional<bool> read_name_modifiable(const JsonObject& row) {
    if (row.text_or_empty("name") != "vpc_name_modifiable") return std::nullopt;
    // Only "off" is off: on is the default, and what keeps us from writing.
    const std::string config = row.text_or_empty("config");
    return config != "off" && config != "OFF" && config != "Off";
}

/// The vendor tells some numbers as text.
std::optional<std::int64_t> read_whole_number(const JsonObject& row, std::string_view field) {
    const std::string digits = row.text_or_empty(field);
    std::int64_t number = 0;
    const char* const end = digits.data() + digits.size();
    const auto [stop, failure] = std::from_chars(digits.data(), end, number);
    if (failure != std::errc() || stop != end || number < 0) return std::nullopt;
    return number;
}

constexpr std::int64_t no_limit = -1;  // a configuration that is none

Quota read_quota(const JsonObject& row) {
    Quota quota;
    quota.limit = read_whole_number(row, "config_value").value_or(no_limit);
    if (quota.limit == no_limit) return quota;
    quota.name = row.text_or_empty("config_name");
    quota.used = read_whole_number(row, "used");
    return quota;
}

}  // namespace

Result<InstancePage> parse_instances(std::string body) {
    return read_document(std::move(body), [](const JsonObject& answer) {
        InstancePage page;
        auto instances = answer.list("instances", read_instance);
        if (!instances) answer.refuse("instances", "is missing");
        page.instances = std::move(instances).value_or(std::vector<GatewayInstance>());
        page.total = answer.count("total");
        return page;
    });
}

Result<FeaturePage> parse_features(std::string body) {
    return read_document(std::move(body), [](const JsonObject& answer) {
        FeaturePage page;
        page.total = answer.count("total");
        const auto features = answer.list("features", read_name_modifiable);
        if (!features) {
            answer.refuse("features", "is missing");
            return page;
        }
        page.rows = static_cast<long long>(features->size());
        for (const auto& modifiable : *features) {
            if (modifiable) page.name_modifiable = modifiable;
        }
        return page;
    });
}

Result<QuotaPage> parse_quotas(std::string body) {
    return read_document(std::move(body), [](const JsonObject& answer) {
        QuotaPage page;
        page.total = answer.count("total");
        auto configs = answer.list("configs", read_quota);
        if (!configs) {
            answer.refuse("configs", "is missing");
            return page;
        }
        page.rows = static_cast<long long>(configs->size());
        page.quotas = *std::move(configs);
        std::erase_if(page.quotas, [](const Quota& quota) { return quota.limit == no_limit; });
        return page;
    });
}

ErrorBody parse_error_body(std::string_view body) {
    ErrorBody error;
    const auto tree = JsonTree::parse(std::string(body));
    if (!tree) return error;
    JsonReading odd;  // an error with an odd part is still an error
    odd.longest = odd.room;
    const JsonObject answer(tree->root(), odd);
    if (const auto iam = answer.object("error")) {
        error.error_code = iam->text_or_empty("code");
        error.error_msg = iam->text_or_empty("message");
    } else {
        error.error_code = answer.text_or_empty("error_code");
        error.error_msg = answer.text_or_empty("error_msg");
        error.request_id = answer.text_or_empty("request_id");
    }
    // They end up in logs and reports, whatever their size.
    error.error_code = cut(std::move(error.error_code), 64);
    error.error_msg = cut(std::move(error.error_msg), 1024);
    error.request_id = cut(std::move(error.request_id), 128);
    return error;
}

}  // namespace fairway
