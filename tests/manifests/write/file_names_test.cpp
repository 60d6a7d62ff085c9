#include "manifests/write/file_names.hpp"

#include <doctest/doctest.h>

#include <set>

#include "manifests/text.hpp"

namespace fairway {
namespace {

std::string file_of(const std::string& name) {
    return manifest_file_names({name}).at(name);
}

TEST_CASE("a regular name is its file's name") {
    CHECK(file_of("VPC_demo") == "VPC_demo.yaml");
    CHECK(file_of("a.b-c") == "a.b-c.yaml");
    CHECK(file_of("渠道") == "渠道.yaml");
}

TEST_CASE("nothing leads out of the folder, is hidden, or is taken for an option") {
    CHECK(file_of("../../etc/passwd") == "%2E.%2F..%2Fetc%2Fpasswd.yaml");
    CHECK(file_of("..") == "%2E..yaml");
    CHECK(file_of(".hidden") == "%2Ehidden.yaml");
    CHECK(file_of("-rf") == "%2Drf.yaml");
    CHECK(file_of("a\\b:c") == "a%5Cb%3Ac.yaml");
    CHECK(file_of(std::string("a\0b", 3)) == "a%00b.yaml");
    CHECK(file_of("é") == "%C3%A9.yaml");  // two spellings of it are one file on some systems
    CHECK(file_of("a\xff") == "a%FF.yaml");
    CHECK(file_of("") == "%.yaml");
}

TEST_CASE("names that would meet on some file system get different files, whatever their order") {
    const std::vector<std::string> names{"web", "Web", "WEB", "shop", "a/b", "a%2Fb"};
    const auto files = manifest_file_names(names);
    std::set<std::string> without_case;
    for (const auto& [name, file] : files) without_case.insert(lower_case(file));
    CHECK(without_case.size() == names.size());
    CHECK(files.at("shop") == "shop.yaml");
    CHECK(files.at("a/b") == "a%2Fb.yaml");
    CHECK(files.at("web") != "web.yaml");
    CHECK(manifest_file_names({names.rbegin(), names.rend()}) == files);
}

TEST_CASE("a long name is cut between characters, and stays different from its like") {
    std::string one, other;
    for (int i = 0; i < 100; ++i) one += "渠";
    other = one + "道";
    const auto files = manifest_file_names({one, other});
    CHECK(files.at(one) != files.at(other));
    for (const auto& [name, file] : files) {
        CHECK(file.size() < 255);
        CHECK(file.starts_with("渠渠"));
        for (std::string_view rest = file; !rest.empty();) REQUIRE(take_code_point(rest));
    }
}

}  // namespace
}  // namespace fairway
