#include <doctest/doctest.h>

#include <memory>

#include "controller/report/report.hpp"

namespace fairway {
namespace {

ReportedChange change_of(const std::string& name, ChangeAction action, ChangeOutcome outcome) {
    ReportedChange change;
    change.key = {"default", name};
    change.action = action;
    change.outcome = outcome;
    change.instances = {"i1", "i2"};
    return change;
}

std::string last_line(const std::string& text) {
    return text.substr(text.rfind('\n', text.size() - 2) + 1);
}

const std::string hostile = "c |` d <img src=x> [a](http://x) @all **b** #12 www.x.y $x$ \\";

TEST_CASE("nothing of the outside gets its way in Markdown") {
    Report report;
    ReportedChange& change =
        report.changes.emplace_back(change_of(hostile, ChangeAction::update, ChangeOutcome::planned));
    change.key.project = hostile;
    change.why = hostile;
    change.fields.push_back(
        {"/" + hostile, hostile, hostile + "\n| x |", "the manifest changed", {}, hostile}
    );
    ReportedChange& made =
        report.changes.emplace_back(change_of("made", ChangeAction::create, ChangeOutcome::planned));
    made.defaults.push_back({hostile, std::make_shared<const std::string>(hostile), 4});
    report.warnings.push_back(hostile);
    ReportedError& error = report.errors.emplace_back();
    error.message = hostile;
    error.place = {hostile, 1, 2};
    const std::string text = to_markdown(report);
    CAPTURE(text);
    for (const char* mark :
         {"<img", "](", " `", "|`", "**b", "http:", "@all", "> [", "#12 ", "www.", "$x$ "}) {
        CAPTURE(mark);
        CHECK(text.find(mark) == std::string::npos);
    }
    // Each line of the table has its four cells.
    std::size_t bars = 0;
    const std::size_t row = text.find("  | /c");
    REQUIRE(row != std::string::npos);
    const std::string line = text.substr(row, text.find('\n', row) - row);
    for (const char c : line) bars += c == '|' ? 1 : 0;
    CHECK(bars == 5);
    CHECK(line.find("&#124;\\` d &lt;img src=x&gt; \\[a\\]\\(http&#58;//x\\)") != std::string::npos);
}

TEST_CASE("Markdown tells where a field drifted, where that is not everywhere") {
    Report report;
    ReportedChange& change =
        report.changes.emplace_back(change_of("orders", ChangeAction::update, ChangeOutcome::planned));
    change.fields.push_back({"/balance", "wlc", "wrr", "the live channel drifted", {"i2"}, {}});
    change.fields.push_back({"/port", "1", "2", "the manifest changed", {"i1", "i2"}, {}});
    const std::string text = to_markdown(report);
    CHECK(text.find("| /balance | wlc | wrr | the live channel drifted, on i2 |") != std::string::npos);
    CHECK(text.find("| /port | 1 | 2 | the manifest changed |") != std::string::npos);
}

TEST_CASE("what comes from defaults is told with its place") {
    Report report;
    ReportedChange& change =
        report.changes.emplace_back(change_of("orders", ChangeAction::update, ChangeOutcome::planned));
    change.fields.push_back({"/port", "1", "2", "the manifest changed", {}, "d/all.yaml:4"});
    ReportedChange& made =
        report.changes.emplace_back(change_of("made", ChangeAction::create, ChangeOutcome::planned));
    made.defaults.push_back({"spec.port", std::make_shared<const std::string>("d/all.yaml"), 4});
    const std::string text = to_text(report, false);
    CHECK(text.find("/port: 1 -> 2  (the manifest changed; from d/all.yaml:4)\n") != std::string::npos);
    CHECK(text.find("\n    spec.port from d/all.yaml:4\n") != std::string::npos);
    const std::string marked = to_markdown(report);
    CHECK(marked.find("the manifest changed; from d/all.yaml&#58;4 |") != std::string::npos);
    CHECK(marked.find("  - spec.port from d/all.yaml&#58;4\n") != std::string::npos);
    const std::string json = to_json(report);
    CHECK(json.find(R"("from":"d/all.yaml:4")") != std::string::npos);
    CHECK(
        json.find(R"("defaults":[{"field":"spec.port","file":"d/all.yaml","line":4}])") !=
        std::string::npos
    );
}

TEST_CASE("the last line counts what was done, and what failed apart from it") {
    Report report;
    report.unchanged = 3;
    report.changes = {
        change_of("a", ChangeAction::update, ChangeOutcome::done),
        change_of("b", ChangeAction::update, ChangeOutcome::failed),
        change_of("c", ChangeAction::replace, ChangeOutcome::failed),
        change_of("d", ChangeAction::refused, ChangeOutcome::failed),
        change_of("e", ChangeAction::refused, ChangeOutcome::failed),
        change_of("f", ChangeAction::left, ChangeOutcome::done),
    };
    CHECK(
        last_line(to_text(report, false)) ==
        "1 updated, 2 refused, 1 left alone, 2 failed, 3 unchanged\n"
    );
    for (ReportedChange& change : report.changes) change.outcome = ChangeOutcome::planned;
    CHECK(
        last_line(to_text(report, false)) ==
        "2 to update, 1 to replace, 2 refused, 1 left alone, 3 unchanged\n"
    );
}

TEST_CASE("nothing is said twice") {
    Report report;
    ReportedChange& change =
        report.changes.emplace_back(change_of("a", ChangeAction::update, ChangeOutcome::planned));
    change.fields.push_back({"/instance_ids", "", "abc", "the manifest changed", {"abc"}, {}});
    ManifestProblem problem;
    problem.severity = Severity::warning;
    problem.place = {"a.yaml", 3, 5};
    problem.field = "spec.x";
    problem.wrong = "is odd";
    add_problems(report, {problem});
    const Error unknown(ErrorClass::terminal, ErrorReason::validation, "neither this nor that");
    report.errors.push_back(reported({{}, "nosuch"}, unknown));
    const std::string text = to_text(report, false);
    CAPTURE(text);
    CHECK(text.find("  + /instance_ids/abc  (the manifest changed)\n") != std::string::npos);
    CHECK(text.find("\nwarning: a.yaml:3:5: spec.x: is odd\n") != std::string::npos);
    CHECK(text.find("\nerror: nosuch: neither this nor that\n") != std::string::npos);
}

}  // namespace
}  // namespace fairway
