#include "controller/report/schema_fields.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <algorithm>
#include <set>

#include "controller/report/field_help.hpp"
#include "manifests/manifests.hpp"

namespace fairway {
namespace {

using Texts = std::vector<std::string>;

const std::vector<SchemaField>& fields() {
    static const std::vector<SchemaField> all = schema_fields(manifest_schema());
    return all;
}

const SchemaField& field(const std::string& asked) {
    const FieldSearch search = find_field(fields(), asked);
    CAPTURE(asked);
    REQUIRE(search.found != nullptr);
    return *search.found;
}

TEST_CASE("a field is told with what the schema says of it") {
    const SchemaField& timeout = field("spec.vpc_health_config.timeout");
    CHECK(timeout.type == "integer");
    CHECK(timeout.bounds == Texts{"2 to 30"});
    CHECK(timeout.required);
    CHECK(timeout.examples == Texts{"5"});
    CHECK(timeout.api == "vpc_health_config.timeout");
    const SchemaField& strategy = field("balance_strategy");
    CHECK(strategy.type == "text or integer");
    CHECK(strategy.words == Texts{"wrr", "wlc", "sh", "uri", "wleastconn", "1", "2", "3", "4"});
    CHECK_FALSE(strategy.required);
    const SchemaField& ids = field("spec.instance_ids");
    CHECK(ids.type == "list");
    CHECK(ids.bounds == Texts{"at least 1 element", "each once"});
    CHECK(field("metadata.name").bounds == Texts{"3 to 64 characters"});
    CHECK_FALSE(field("metadata.name").pattern.empty());
    CHECK(field("metadata.labels").bounds == Texts{"at most 64 entries"});
    CHECK(field("metadata.name").api == "name");
    CHECK(field("lifecycle.drift").api.empty());
    CHECK(field("lifecycle.drift").default_value == "correct");
    CHECK(field("password").api == "microservice_info.nacos_info.user_info.password");
    CHECK(field("password.secret").api.empty());
    CHECK(field("protocol").words == Texts{"tcp", "http", "https"});
}

TEST_CASE("a field is found by its path, its last parts, and with or without brackets") {
    CHECK(field("vpc_health_config.timeout").path == "spec.vpc_health_config.timeout");
    CHECK(field("timeout").path == "spec.vpc_health_config.timeout");
    CHECK(field("members").path == "spec.members");
    CHECK(field("members[]").path == "spec.members[]");
    CHECK(field("spec.members[3]").path == "spec.members[]");
    CHECK(field("members.host").path == "spec.members[].host");
    CHECK(field("spec.members[0].host").path == "spec.members[].host");
    CHECK(field("port").path == "spec.port");  // spec comes before what is deeper
    CHECK(field("kind").path == "kind");
    CHECK(field(".spec.port").path == "spec.port");
    const FieldSearch several = find_field(fields(), "status");
    CHECK(several.found == nullptr);
    CHECK(several.several == Texts{"spec.members[].status", "spec.vpc_health_config.status"});
    for (const char* unknown : {"", "nonsense", "spec.prot", "out", "[", "]", "members[].", "..."}) {
        CAPTURE(unknown);
        const FieldSearch search = find_field(fields(), unknown);
        CHECK(search.found == nullptr);
        CHECK(search.several.empty());
    }
}

TEST_CASE("a field is shown to people and to programs with all that is known") {
    const std::string text = field_text(field("timeout"));
    for (const char* part :
         {"spec.vpc_health_config.timeout  Time-out\n", "type      integer\n", "bounds    2 to 30\n",
          "required  yes\n", "example   5\n", "API       vpc_health_config.timeout of the create"}) {
        CAPTURE(part);
        CHECK(text.find(part) != std::string::npos);
    }
    CHECK(text.find("default") == std::string::npos);
    CHECK(field_text(field("drift")).find("default   correct\n") != std::string::npos);
    CHECK(field_text(field("drift")).find("API       not sent\n") != std::string::npos);
    const std::string list = field_list(fields());
    CHECK(static_cast<std::size_t>(std::count(list.begin(), list.end(), '\n')) == fields().size());
    rapidjson::Document json;
    json.Parse(fields_json(fields()).c_str());
    REQUIRE_FALSE(json.HasParseError());
    REQUIRE(json["fields"].Size() == fields().size());
    CHECK(json["fields"][0]["path"] == "$schema");
}

TEST_CASE("every field has a path of its own, a type, and words about it") {
    std::set<std::string> paths;
    for (const SchemaField& one : fields()) {
        CAPTURE(one.path);
        CHECK(paths.insert(one.path).second);
        CHECK_FALSE(one.title.empty());
        CHECK_FALSE(one.description.empty());
        CHECK_FALSE(one.type.empty());
        CHECK(find_field(fields(), one.path).found == &one);
    }
    CHECK(paths.size() > 80);
}

TEST_CASE("references and alternatives of a schema are followed, and one to itself ends") {
    const auto found = schema_fields(R"({
        "definitions": {"name": {"title": "N", "description": "d", "type": "string"},
                        "loop": {"title": "L", "properties": {"loop": {"$ref": "#/definitions/loop"}}}},
        "oneOf": [{"properties": {"name": {"$ref": "#/definitions/name"}}},
                  {"properties": {"name": {"const": "x"}, "loop": {"$ref": "#/definitions/loop"}}}]})");
    REQUIRE(found.size() > 2);
    CHECK(found[0].path == "name");
    CHECK(found[0].type == "text");
    CHECK(found[1].path == "loop");
    CHECK_THROWS(schema_fields("{"));
}

}  // namespace
}  // namespace fairway
