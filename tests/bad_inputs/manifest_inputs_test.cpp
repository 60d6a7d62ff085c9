// Manifests that people and machines get wrong: each has exactly one verdict.
#include "tests/bad_inputs/manifest_inputs.hpp"

#include <doctest/doctest.h>

#include <chrono>

#include "tests/manifests/manifest_text.hpp"

namespace fairway::bad_inputs {
namespace {

TEST_CASE("every bad manifest has its verdict, and every refusal a place and words") {
    ManifestContext context;
    context.projects = {"default"};
    context.secrets = {"nacos-prod"};
    context.check_names = true;
    for (const Input& input : manifest_inputs()) {
        CAPTURE(input.item);
        CAPTURE(input.name);
        const ManifestSnapshot snapshot =
            assemble({test::file("in.yaml", input.bytes, context)}, "test");
        std::string told;
        int errors = 0, warnings = 0;
        for (const ManifestProblem& problem : snapshot.problems) {
            told += to_string(problem) + "\n";
            ++(problem.severity == Severity::error ? errors : warnings);
            CHECK(problem.place.file == "in.yaml");
        }
        CAPTURE(told.substr(0, 600));
        CHECK(told.size() < 20000);
        const bool doubtful = input.verdict == Verdict::warned || input.verdict == Verdict::blank;
        CHECK((errors > 0) == (input.verdict == Verdict::refused));
        if (input.verdict != Verdict::refused) CHECK((warnings > 0) == doubtful);
        CHECK(errors <= (input.several_faults ? 7 : 1));  // what is wrong, and not what follows from it
        const bool wanted = input.verdict == Verdict::accepted || input.verdict == Verdict::warned;
        CHECK(wanted == !snapshot.manifests.empty());
        CHECK((snapshot.invalid > 0) == (errors > 0));
    }
}

}  // namespace
}  // namespace fairway::bad_inputs
