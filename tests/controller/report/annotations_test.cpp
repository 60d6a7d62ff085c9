#include "controller/report/annotations.hpp"

#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include "manifests/manifests.hpp"

namespace fairway {
namespace {

const std::vector<SchemaField>& fields() {
    static const std::vector<SchemaField> all = schema_fields(manifest_schema());
    return all;
}

ManifestProblem problem_at(const std::string& file, const std::string& field, const std::string& wrong) {
    ManifestProblem problem;
    problem.place = {file, 3, 7};
    problem.field = field;
    problem.wrong = wrong;
    problem.advice = "write 1 to 65535";
    return problem;
}

TEST_CASE("a workflow command names file, line, column, rule and message") {
    ManifestProblem warning = problem_at("b.yaml", "", "is odd");
    warning.severity = Severity::warning;
    warning.place.line = 0;
    CHECK(
        to_github(
            {annotation_of(problem_at("a.yaml", "spec.members[2].port", "is 0"), fields()),
             annotation_of(warning, fields()),
             {Severity::error, {}, std::string(cloud_rule), "no room"}}
        ) ==
        "::error file=a.yaml,line=3,col=7,title=Fairway%3A spec.members[].port::"
        "spec.members[2].port: is 0; write 1 to 65535\n"
        "::warning file=b.yaml,title=Fairway%3A manifest::is odd; write 1 to 65535\n"
        "::error title=Fairway%3A cloud::no room\n"
    );
}

TEST_CASE("nothing of the outside gets a workflow command of its own") {
    const std::string hostile = "a%0A,line=9:b\r\n::set-output name=x::y\x1b[2J\xff";
    const std::string text =
        to_github({annotation_of(problem_at(hostile, "spec." + hostile, hostile), fields())});
    CAPTURE(text);
    CHECK(text.find('\n') == text.size() - 1);
    CHECK(text.find('\r') == std::string::npos);
    CHECK(text.find('\x1b') == std::string::npos);
    CHECK(
        text.starts_with("::error file=a%250A%2Cline=9%3Ab%0D%0A%3A%3Aset-output name=x%3A%3Ay\\x1b[2J"
                         "\\xff,line=3,col=7,title=Fairway%3A spec::")
    );
    // In the message only what the runner unescapes is escaped.
    CHECK(text.find("a%250A,line=9:b%0D%0A::set-output") != std::string::npos);
}

TEST_CASE("the rule of a problem is the nearest field that the schema knows") {
    const auto rule = [](const std::string& field) {
        return annotation_of(problem_at("a", field, "x"), fields()).rule;
    };
    CHECK(rule("spec.port") == "spec.port");
    CHECK(rule("spec.members[12].host") == "spec.members[].host");
    CHECK(rule("spec.members[12]") == "spec.members[]");
    CHECK(rule("spec.prot") == "spec");
    CHECK(rule("spec[\"odd. [key\"]") == "spec");
    CHECK(rule("metadata.labels[\"a/b\"]") == "metadata.labels");
    CHECK(rule("nonsense") == "manifest");
    CHECK(rule("") == "manifest");
}

TEST_CASE("a SARIF log has what its readers need") {
    ManifestProblem warning = problem_at("a b/\xe4\xb8\xad%.yaml", "", "is odd");
    warning.severity = Severity::warning;
    warning.place.line = 0;
    const std::string text = to_sarif(
        {annotation_of(problem_at("channels/a.yaml", "spec.port", "is \"0\"\n"), fields()),
         annotation_of(problem_at("/abs/a.yaml", "spec.port", "is 1"), fields()),
         annotation_of(warning, fields()),
         {Severity::error, {}, std::string(cloud_rule), "no room"}},
        fields(), "1.2.3"
    );
    CAPTURE(text);
    rapidjson::Document log;
    log.Parse(text.c_str());
    REQUIRE_FALSE(log.HasParseError());
    CHECK(log["version"] == "2.1.0");
    CHECK(log["$schema"].IsString());
    REQUIRE(log["runs"].Size() == 1);
    const auto& run = log["runs"][0];
    const auto& driver = run["tool"]["driver"];
    CHECK(driver["name"] == "Fairway");
    CHECK(driver["version"] == "1.2.3");
    const auto& rules = driver["rules"];
    REQUIRE(rules.Size() == 3);  // each once
    for (const auto& rule : rules.GetArray()) {
        CHECK(rule["id"].GetStringLength() > 0);
        CHECK(rule["shortDescription"]["text"].GetStringLength() > 0);
        CHECK(rule["fullDescription"]["text"].GetStringLength() > 0);
    }
    CHECK(run["columnKind"] == "unicodeCodePoints");
    const auto& results = run["results"];
    REQUIRE(results.Size() == 4);
    for (const auto& result : results.GetArray()) {
        CHECK(rules[result["ruleIndex"].GetUint()]["id"] == result["ruleId"]);
    }
    const auto& port = results[0];
    CHECK(port["ruleId"] == "spec.port");
    CHECK(port["level"] == "error");
    CHECK(port["message"]["text"] == "spec.port: is \"0\"\\x0a; write 1 to 65535");
    const auto& where = port["locations"][0]["physicalLocation"];
    CHECK(where["artifactLocation"]["uri"] == "channels/a.yaml");
    CHECK(where["artifactLocation"]["uriBaseId"] == "%SRCROOT%");
    CHECK(where["region"]["startLine"] == 3);
    CHECK(where["region"]["startColumn"] == 7);
    const auto& absolute = results[1]["locations"][0]["physicalLocation"]["artifactLocation"];
    CHECK(absolute["uri"] == "file:///abs/a.yaml");
    CHECK_FALSE(absolute.HasMember("uriBaseId"));
    const auto& whole = results[2]["locations"][0]["physicalLocation"];
    CHECK(results[2]["level"] == "warning");
    CHECK(whole["artifactLocation"]["uri"] == "a%20b/%E4%B8%AD%25.yaml");
    CHECK_FALSE(whole.HasMember("region"));
    CHECK(results[3]["locations"].Empty());
}

TEST_CASE("a SARIF log of nothing is a log") {
    rapidjson::Document log;
    log.Parse(to_sarif({}, fields(), "1").c_str());
    REQUIRE_FALSE(log.HasParseError());
    CHECK(log["runs"][0]["results"].Empty());
    CHECK(log["runs"][0]["tool"]["driver"]["rules"].Empty());
}

}  // namespace
}  // namespace fairway
