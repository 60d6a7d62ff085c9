// Any bytes as an answer of the API or as a row of the store: read or refused, and what was read stays
// what it is.
#include "controller/codec/channel_json.hpp"
#include "controller/codec/iam_json.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace fairway {
namespace {

void keep(const InstanceChannel& row) {
    const std::string stored = row_to_json(row);
    const auto again = row_from_json(stored);
    must(static_cast<bool>(again), "a row that was read can be stored");
    must(row_to_json(*again) == stored, "and is the same afterwards");
}

void read_page(std::string_view body) {
    const auto page = parse_project_channels(std::string(body));
    if (!page) return;
    for (const InstanceChannel& row : page->rows) keep(row);
}

void read_detail(std::string_view body) {
    const auto row = parse_channel_detail(std::string(body), "instance");
    if (row) keep(*row);
}

void read_stored(std::string_view body) {
    const auto spec = spec_from_json(body);
    if (spec) must(static_cast<bool>(spec_from_json(spec_to_json(*spec))), "a spec can be stored again");
    const auto row = row_from_json(body);
    if (row) keep(*row);
    static_cast<void>(ids_from_json(body));
}

void read_account(std::string_view body) {
    static_cast<void>(parse_instances(std::string(body)));
    static_cast<void>(parse_features(std::string(body)));
    static_cast<void>(parse_quotas(std::string(body)));
    static_cast<void>(parse_token(std::string(body)));
    static_cast<void>(parse_temporary_key(std::string(body)));
    static_cast<void>(parse_projects(std::string(body)));
    const ErrorBody error = parse_error_body(body);
    const auto time = parse_time(error.error_msg.empty() ? body : error.error_msg);
    if (time) must(parse_time(format_time(*time)) == time, "a time that was read can be written");
}

}  // namespace
}  // namespace fairway

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view body = fairway::text_of(data, size);
    fairway::read_page(body);
    fairway::read_detail(body);
    fairway::read_stored(body);
    fairway::read_account(body);
    return 0;
}
