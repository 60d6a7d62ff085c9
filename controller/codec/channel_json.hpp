#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/channel.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/secret.hpp"
#include "reconciler/model/time.hpp"

namespace fairway {

// The JSON of the cloud, of the store and of the reports, to the domain and back. Pure functions: bytes
// in, values out. Parsing refuses what is not UTF-8, nests too deeply, repeats a key or would take too
// much memory; it tolerates fields and words that it does not know. What takes the body of an answer by
// value works in it: move it there, for a copy would count against the memory that one answer may take.

/// Gives the value of a configured secret, or nothing when the configuration does not define it.
using SecretLookup = std::function<const Secret*(std::string_view name)>;
/// The body of a project-level create or update. Fails (terminal, validation) when a secret it names is
/// not defined.
Result<std::string> project_channel_body(
    const std::string& name, const ChannelSpec& spec, const SecretLookup& secrets
);

/// The body of a replacement of the members of a channel in one instance.
std::string members_body(const ChannelSpec& spec);

struct ChannelPage {
    std::vector<InstanceChannel> rows;
    long long total = 0, size = 0;
};
/// A project-level list page or the answer of create/update/sync; refuses what is not the contract's
/// shape.
Result<ChannelPage> parse_project_channels(std::string body);
/// An instance-level show; `instance` is not in the answer.
Result<InstanceChannel> parse_channel_detail(std::string body, const InstanceId& instance);

struct InstancePage {
    std::vector<GatewayInstance> instances;
    long long total = 0;
};
Result<InstancePage> parse_instances(std::string body);

/// The config of the feature vpc_name_modifiable; nothing when this page has no such entry. Also how
/// many rows the page had.
struct FeaturePage {
    std::optional<bool> name_modifiable;
    long long rows = 0, total = 0;
};
Result<FeaturePage> parse_features(std::string body);

struct QuotaPage {
    std::vector<Quota> quotas;  ///< those that are whole numbers
    long long rows = 0, total = 0;
};
Result<QuotaPage> parse_quotas(std::string body);

/// Error bodies of all three families: {error_code, error_msg, request_id}, ROMA.*, and IAM's
/// {"error":{...}}. Anything else gives an empty code.
struct ErrorBody {
    std::string error_code, error_msg, request_id;
};
ErrorBody parse_error_body(std::string_view body);

/// A spec as stored and shown: the API's field names, secrets as their names only
/// ({"secret":"nacos-prod"}), beside what tells their values apart.
std::string spec_to_json(const ChannelSpec& spec);
Result<ChannelSpec> spec_from_json(std::string_view json);
/// A row as stored: spec and server facts.
std::string row_to_json(const InstanceChannel& row);
Result<InstanceChannel> row_from_json(std::string_view json);

/// The channel's ids by instance, as stored.
std::string ids_to_json(const std::map<InstanceId, std::string>& ids);
Result<std::map<InstanceId, std::string>> ids_from_json(std::string_view json);

/// RFC 3339 in every form the API shows (with or without fraction, offsets); nothing for "" or nonsense.
std::optional<WallTime> parse_time(std::string_view text);
/// UTC, with a fraction only where there is one: "2020-07-23T07:11:57.244829Z".
std::string format_time(WallTime time);

}  // namespace fairway
