#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include "manifests/manifests.hpp"
#include "tests/convergence/field_table.hpp"

namespace fairway {
namespace {

/// What is tried elsewhere: which instances have the channel is no field of it, and of a password the
/// cloud shows nothing.
const std::set<std::string> told_elsewhere{
    "/instance_ids", "/microservice_info/nacos_info/user_info/password",
    "/microservice_info/nacos_info/user_info/password/secret"};

/// Every property below `schema`, as the table names them.
void collect(const rapidjson::Value& schema, const std::string& path, std::set<std::string>& found) {
    if (!schema.IsObject()) return;
    for (const char* several : {"anyOf", "oneOf", "allOf"}) {
        const auto it = schema.FindMember(several);
        if (it == schema.MemberEnd()) continue;
        for (const auto& one : it->value.GetArray()) collect(one, path, found);
    }
    const auto items = schema.FindMember("items");
    if (items != schema.MemberEnd()) collect(items->value, path + "/-", found);
    const auto properties = schema.FindMember("properties");
    if (properties == schema.MemberEnd()) return;
    for (const auto& property : properties->value.GetObject()) {
        const std::string pointer = path + "/" + property.name.GetString();
        found.insert(pointer);
        collect(property.value, pointer, found);
    }
}

std::set<std::string> in_the_table() {
    std::set<std::string> pointers = told_elsewhere;
    for (const Field& field : all_fields()) pointers.emplace(field.property);
    return pointers;
}

std::string text_of_file(const std::string& path) {
    std::ifstream file(path);
    REQUIRE_MESSAGE(file.good(), path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The names that `text` gives as the first group of `pattern`.
std::set<std::string> names_in(const std::string& text, const std::string& pattern) {
    const std::regex expression(pattern);
    std::set<std::string> names;
    for (std::sregex_iterator it(text.begin(), text.end(), expression), end; it != end; ++it)
        names.insert((*it)[1]);
    return names;
}

std::set<std::string> last_names(const std::set<std::string>& pointers) {
    std::set<std::string> names;
    for (const std::string& pointer : pointers) names.insert(pointer.substr(pointer.rfind('/') + 1));
    return names;
}

TEST_CASE("the table of fields has every property of a manifest's spec, and no other") {
    rapidjson::Document schema;
    const std::string_view text = manifest_schema();
    schema.Parse(text.data(), text.size());
    REQUIRE_FALSE(schema.HasParseError());
    std::set<std::string> found;
    collect(schema["properties"]["spec"], "", found);
    CHECK(found.size() > 60);
    for (const std::string& pointer : found) CHECK_MESSAGE(in_the_table().contains(pointer), pointer);
    for (const std::string& pointer : in_the_table()) CHECK_MESSAGE(found.contains(pointer), pointer);
}

TEST_CASE("the table of fields has every name that a request is written with") {
    std::string source = text_of_file(FAIRWAY_SOURCE_DIR "/controller/codec/channel_write.cpp");
    source.resize(source.find("void write_group_facts"));  // what follows is the store's
    auto written = names_in(source, R"re((?:put\w*|key)\(json, "(\w+)")re");
    CHECK(written.erase("print") == 1);  // the store's, in the place of a password
    CHECK(written.size() > 40);
    CHECK(written == last_names(in_the_table()));
}

TEST_CASE("the table of fields has every member of the model's structures") {
    std::string source = text_of_file(FAIRWAY_SOURCE_DIR "/reconciler/model/channel.hpp");
    const std::size_t from = source.find("struct MicroserviceLabel");
    source = source.substr(from, source.find("ChannelType channel_type") - from);
    source = std::regex_replace(source, std::regex("//[^\n]*"), "");
    source = std::regex_replace(source, std::regex("=[^,;\n]*"), "");
    source = std::regex_replace(source, std::regex("\\([^)]*\\)[^;{]*"), "");
    std::set<std::string> members;
    for (const std::string& declaration : names_in(source, R"(\n    ([^\n{}]+);)")) {
        if (declaration.find("operator") != std::string::npos) continue;
        // `std::optional<int> a, b` declares a and b.
        const std::string names = std::regex_replace(declaration, std::regex(R"(^[\w:<>]+ +)"), "");
        for (const std::string& name : names_in(names, R"((\w+))")) members.insert(name);
    }
    CHECK(members.size() > 40);
    std::set<std::string> known = last_names(in_the_table());
    known.insert({"namespace_", "password_secret", "password_print"});
    for (const std::string& member : members) CHECK_MESSAGE(known.contains(member), member);
}

}  // namespace
}  // namespace fairway
