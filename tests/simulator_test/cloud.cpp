#include "tests/simulator_test/cloud.hpp"

#include <rapidjson/pointer.h>

#include <fstream>
#include <iterator>
#include <stdexcept>

#include "tests/simulator/signature.hpp"
#include "tests/simulator/text.hpp"

namespace simulator_test {

std::string on_instance(const std::string& instance, const std::string& rest) {
    return "/v2/" + project + "/apic/instances/" + instance + "/vpc-channels" + rest;
}

std::string read_data(const std::string& file) {
    std::ifstream stream(SIMULATOR_TEST_DATA "/" + file, std::ios::binary);
    if (!stream) throw std::runtime_error("no test data " + file);
    return {std::istreambuf_iterator<char>(stream), {}};
}

Body::Body(std::string_view json) {
    if (!parse_json(document_, json)) throw std::runtime_error("not JSON: " + std::string(json));
}

Body Body::file(const std::string& name) {
    return Body(read_data(name));
}

Body Body::small(const std::string& name) {
    return Body(R"({"name":")" + name + R"(","port":80,"balance_strategy":1,"member_type":"ip"})");
}

Body& Body::set(const std::string& pointer, std::string_view json) {
    JsonDocument value(&document_.GetAllocator());
    value.Parse(json.data(), json.size());
    if (value.HasParseError()) throw std::runtime_error("not JSON: " + std::string(json));
    rapidjson::Pointer(pointer.c_str()).Set(document_, value);
    return *this;
}

Body& Body::text(const std::string& pointer, std::string_view text) {
    rapidjson::Pointer(pointer.c_str()).Set(document_, std::string(text).c_str());
    return *this;
}

Body& Body::drop(const std::string& pointer) {
    rapidjson::Pointer(pointer.c_str()).Erase(document_);
    return *this;
}

std::string Body::str() const {
    JsonWriter out;
    out.value(document_);
    return out.str();
}

Config with_switches(std::initializer_list<std::pair<std::string_view, std::string_view>> switches) {
    Config config;
    for (const auto& [name, value] : switches) set_switch(config.switches, name, value);
    return config;
}

Cloud::Cloud(Config config)
    : simulator(std::move(config)), client(simulator.port(), simulator.ca_pem()) {}

Pairs Cloud::signed_headers(
    const std::string& method, const std::string& target, const std::string& body
) const {
    std::string now = date;
    if (now.empty()) {
        for (const char c : rfc3339(std::chrono::system_clock::now(), false)) {
            if (c != '-' && c != ':') now += c;
        }
    }
    Request request;
    request.method = method;
    request.target = target;
    request.body = body;
    request.headers = {{"host", "127.0.0.1"}, {"x-sdk-date", now}};
    std::vector<std::string> names{"host", "x-sdk-date"};
    if (!security_token.empty()) {
        request.headers.emplace_back("x-security-token", security_token);
        names.emplace_back("x-security-token");
    }
    split_target(request);
    const std::string signature =
        sign(string_to_sign(now, canonical_request(request, names)), secret_key);
    std::string joined;
    for (const std::string& name : names) joined += (joined.empty() ? "" : ";") + name;
    Pairs headers = request.headers;
    headers.emplace_back(
        "Authorization",
        "SDK-HMAC-SHA256 Access=" + access_key + ", SignedHeaders=" + joined + ", Signature=" + signature
    );
    return headers;
}

Response Cloud::call(const std::string& method, const std::string& target, const std::string& body) {
    return client.call(method, target, body, signed_headers(method, target, body));
}

std::string Cloud::create_demo() {
    const Response response = post(project_channels, Body::create().str());
    REQUIRE(response.status == 201);
    return response.at("/project_vpc_channels/0/id");
}

Channel Cloud::stored(const std::string& id) const {
    for (const Channel& channel : simulator.channels()) {
        if (channel.id == id) return channel;
    }
    FAIL("no channel " << id);
    return {};
}

AuditEntry Cloud::last() const {
    const std::vector<AuditEntry> all = simulator.audit();
    REQUIRE(!all.empty());
    return all.back();
}

}  // namespace simulator_test
