#include "controller/app/preflight.hpp"

#include <doctest/doctest.h>

#include <chrono>

namespace fairway {
namespace {

using namespace std::chrono_literals;

Check clock_check(std::optional<Duration> ahead) {
    Checklist list;
    judge_clock(list, "default", ahead);
    REQUIRE(list.checks.size() == 1);
    CHECK(list.failures.size() == (list.checks[0].result == CheckResult::failure ? 1 : 0));
    return list.checks[0];
}

TEST_CASE("clocks may be five minutes apart, and must not be more than fifteen, either way") {
    CHECK(clock_check(0s).result == CheckResult::ok);
    CHECK(clock_check(5min).result == CheckResult::ok);
    CHECK(clock_check(-5min).result == CheckResult::ok);
    CHECK(clock_check(5min + 1s).result == CheckResult::warning);
    CHECK(clock_check(-15min).result == CheckResult::warning);
    CHECK(clock_check(15min + 1s).result == CheckResult::failure);
    CHECK(clock_check(-16min).result == CheckResult::failure);
    CHECK(clock_check(std::nullopt).result == CheckResult::note);
    CHECK(clock_check(-900ms).detail == "agrees with the API's");
    CHECK(clock_check(20s).detail == "our clock is 20 s ahead of the API's");
    CHECK(clock_check(-20s).detail == "our clock is 20 s behind the API's");
}

Check quota_check(const std::vector<Quota>& quotas) {
    Checklist list;
    judge_quotas(list, "default", "quota", quotas);
    REQUIRE(list.checks.size() == 1);
    CHECK(list.failures.empty());
    return list.checks[0];
}

TEST_CASE("a quota that is nearly or fully used is warned of, and other limits are told beside it") {
    CHECK(quota_check({{"VPC_NUM_LIMIT", 200, 180}}).result == CheckResult::ok);
    CHECK(quota_check({{"VPC_NUM_LIMIT", 200, 181}}).result == CheckResult::warning);
    CHECK(quota_check({{"VPC_NUM_LIMIT", 30, 27}}).result == CheckResult::ok);
    CHECK(quota_check({{"VPC_NUM_LIMIT", 30, 28}}).result == CheckResult::warning);
    const Check full = quota_check({{"VPC_NUM_LIMIT", 200, 200}});
    CHECK(full.result == CheckResult::warning);
    CHECK(full.detail.find("have the quota raised") != std::string::npos);
    CHECK(quota_check({{"VPC_NUM_LIMIT", 200, {}}}).result == CheckResult::ok);
    CHECK(quota_check({{"VPC_NUM_LIMIT", 0, 0}}).result == CheckResult::warning);
    CHECK(
        quota_check(
            {{"API_NUM_LIMIT", 9, 9}, {"VPC_NUM_LIMIT", 200, 3}, {"VPC_INSTANCE_NUM_LIMIT", 10, {}}}
        ).detail == "VPC_NUM_LIMIT 3 of 200, VPC_INSTANCE_NUM_LIMIT 10"
    );
    CHECK(quota_check({}).result == CheckResult::note);
}

}  // namespace
}  // namespace fairway
