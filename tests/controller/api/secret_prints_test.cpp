// What is stored in the place of a secret's value.
#include "controller/api/secret_prints.hpp"

#include <doctest/doctest.h>

namespace fairway {
namespace {

SecretPrints prints(const std::string& value, const std::string& lineage = "lineage") {
    return SecretPrints({{"nacos", Secret(value)}, {"other", Secret(value)}}, lineage);
}

TEST_CASE("a print tells values apart, and is the same for the same value of a store") {
    const std::string print = prints("hunter2").of("nacos");
    CHECK(print.size() == 32);
    CHECK(print == prints("hunter2").of("nacos"));
    CHECK(print != prints("hunter3").of("nacos"));
    CHECK(print.find("hunter") == std::string::npos);
    SecretPrints both = prints("hunter2");
    CHECK(both.of("nacos") == both.of("nacos"));
}

TEST_CASE("the print of a value says nothing about the same value elsewhere") {
    CHECK(prints("hunter2").of("nacos") != prints("hunter2").of("other"));
    CHECK(prints("hunter2").of("nacos") != prints("hunter2", "another store").of("nacos"));
}

TEST_CASE("without a store or a value there is no print") {
    CHECK(prints("hunter2", "").of("nacos").empty());
    CHECK(prints("hunter2").of("unknown").empty());
}

}  // namespace
}  // namespace fairway
