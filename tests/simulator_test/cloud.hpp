#pragma once

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "tests/simulator/simulator.hpp"
#include "tests/simulator_test/client.hpp"

namespace simulator_test {

using namespace apic_simulator;

inline const std::string project = "73d69ae0cfcf460190522d06b60f05ad";
inline const std::string test1 = "eea73cde015940908ae0117d67bf7330";
inline const std::string test2 = "ddd73cde017890908ae0117d67bf7330";
inline const std::string project_channels = "/v2/" + project + "/apic/vpc-channels";

/// The path of an instance's channels, or of something below them.
std::string on_instance(const std::string& instance, const std::string& rest = {});
std::string read_data(const std::string& file);

/// A JSON body that tests change in one place.
class Body {
public:
    explicit Body(std::string_view json);
    /// From the data folder.
    static Body file(const std::string& name);
    /// The create of two instances, two groups and two members that the documents show.
    static Body create() { return file("project-create.request.json"); }
    /// The smallest channel there can be, without instances.
    static Body small(const std::string& name);

    Body& set(const std::string& pointer, std::string_view json);
    Body& text(const std::string& pointer, std::string_view text);
    Body& drop(const std::string& pointer);
    std::string str() const;

private:
    JsonDocument document_;
};

Config with_switches(std::initializer_list<std::pair<std::string_view, std::string_view>> switches);

/// A simulator and someone who calls it, signing every request with the first user's key.
struct Cloud {
    Simulator simulator;
    Client client;
    std::string access_key = "EXAMPLEACCESSKEY0001",
                secret_key = "ExampleSecretKeyForDocsOnly00000000000001";
    std::string security_token;
    std::string date;  ///< empty: now

    explicit Cloud(Config config = {});

    /// The headers that sign a request.
    Pairs signed_headers(const std::string& method, const std::string& target, const std::string& body)
        const;
    Response call(const std::string& method, const std::string& target, const std::string& body = {});
    Response get(const std::string& target) { return call("GET", target); }
    Response post(const std::string& target, const std::string& body) {
        return call("POST", target, body);
    }
    Response put(const std::string& target, const std::string& body) {
        return call("PUT", target, body);
    }
    Response remove(const std::string& target) { return call("DELETE", target); }

    /// Creates the documents' example on both instances; returns the id on test1.
    std::string create_demo();
    Channel stored(const std::string& id) const;
    /// The last request.
    AuditEntry last() const;
};

}  // namespace simulator_test
