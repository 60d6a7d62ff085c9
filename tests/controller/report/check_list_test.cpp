#include "controller/report/check_list.hpp"

#include <doctest/doctest.h>

namespace fairway {
namespace {

const std::vector<Check> some{
    {"", "configuration", CheckResult::ok, "fairway.yaml"},
    {"default", "TLS", CheckResult::failure, "no\x1b[2Jclear"},
    {"default", "clock", CheckResult::skipped, ""},
};

TEST_CASE("checks are a line each in columns, then how many there were of each result") {
    CHECK(
        checks_text(some, false) ==
        "ok    configuration   fairway.yaml\n"
        "FAIL  default: TLS    no\\x1b[2Jclear\n"
        "skip  default: clock\n"
        "1 ok, 1 failure, 1 skipped\n"
    );
    CHECK(checks_text(some, true).starts_with("\x1b[32mok  \x1b[0m  configuration"));
}

TEST_CASE("one long subject does not push all details away") {
    const std::string longer(60, 'x');
    CHECK(
        checks_text({some[0], {"", longer, CheckResult::note, "here"}}, false) ==
        "ok    configuration                             fairway.yaml\nnote  " + longer +
            "  here\n1 ok, 1 note\n"
    );
}

TEST_CASE("the document has every check and every count") {
    CHECK(
        checks_json({some[0], some[2]}) ==
        R"({"apiVersion":"fairway.report/v1","summary":{"ok":1,"note":0,"warning":0,"failure":0,"skipped":1},)"
        R"("checks":[{"project":"","what":"configuration","result":"ok","detail":"fairway.yaml"},)"
        R"({"project":"default","what":"clock","result":"skipped","detail":""}]})"
        "\n"
    );
}

}  // namespace
}  // namespace fairway
