#include <doctest/doctest.h>

#include "controller/report/report.hpp"

namespace fairway {
namespace {

constexpr std::size_t longest_comment = 65'536;

ReportedChange& add(
    Report& report, const std::string& name, ChangeAction action, std::size_t fields = 0
) {
    ReportedChange& change = report.changes.emplace_back();
    change.key = {"default", name};
    change.action = action;
    change.instances = {"i1", "i2"};
    for (std::size_t i = 0; i < fields; ++i) {
        change.fields.push_back({"/field_" + std::to_string(i), "1", "2", "the manifest changed", {}, {}}
        );
    }
    return change;
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++found;
    }
    return found;
}

TEST_CASE("deletions and errors stand before all else, and a caution before these") {
    Report report;
    add(report, "alpha", ChangeAction::create);
    add(report, "mail", ChangeAction::delete_).why = "the manifest is gone";
    add(report, "news", ChangeAction::update, 1);
    add(report, "old", ChangeAction::replace);
    report.warnings.emplace_back("is odd");
    report.errors.emplace_back().message = "is wrong";
    const std::string text = to_markdown(report);
    CAPTURE(text);
    CHECK(text.starts_with("### Fairway: 1 to create, 1 to update, 1 to delete, 1 to replace\n"));
    std::size_t last = 0;
    for (const char* part :
         {"\n> [!CAUTION]\n> **2 channels to delete",
          "\n- **delete** default/mail on 2 instances: the manifest is gone\n",
          "\n- **replace** default/old on 2 instances\n",
          "\n- **create** default/alpha on 2 instances\n", "\n- **update** default/news\n",
          "\n> warning: is odd\n"}) {
        CAPTURE(part);
        const std::size_t at = text.find(part);
        REQUIRE(at != std::string::npos);
        CHECK(at > last);
        last = at;
    }
    CHECK(text.find("Cut") == std::string::npos);
}

TEST_CASE("many fields are folded away, a few are not") {
    Report report;
    add(report, "few", ChangeAction::update, 5);
    CHECK(to_markdown(report).find("<details>") == std::string::npos);
    add(report, "many", ChangeAction::update, 6);
    const std::string text = to_markdown(report);
    CHECK(count(text, "<details><summary>6 fields</summary>\n\n  | field |") == 1);
    CHECK(count(text, "\n\n  </details>\n") == 1);
}

TEST_CASE("a long value is cut between two characters") {
    Report report;
    std::string lengthy = "x";
    for (int i = 0; i < 5000; ++i) lengthy += "\xe4\xb8\xad";
    add(report, "one", ChangeAction::update).fields.push_back({"/a", lengthy, "", "why", {}, {}});
    const std::string text = to_markdown(report);
    CHECK(text.size() < 1000);
    CHECK(text.find("\xad... |") != std::string::npos);
    CHECK(text.find("\\x") == std::string::npos);
}

TEST_CASE("where the fields have no room, they go before any change does, and the comment says so") {
    Report report;
    for (int i = 0; i < 300; ++i) {
        add(report, "c" + std::to_string(i), i == 299 ? ChangeAction::delete_ : ChangeAction::update, 8);
    }
    const std::string text = to_markdown(report);
    CHECK(text.size() <= longest_comment);
    CHECK(count(text, "\n- **") == 300);
    CHECK(text.find("Cut to the length of a comment:** the fields of ") < 400);
    CHECK(text.find("whole") == std::string::npos);
    const std::size_t first = text.find("\n- **");
    CHECK(text.find("<details>", first) < text.find("\n- **", first + 1));  // of the deletion
}

TEST_CASE("a comment is never too long, and never hides a deletion behind anything else") {
    const std::string hostile(200, '@');
    for (const std::size_t changes : {1'000U, 20'000U}) {
        Report report;
        for (std::size_t i = 0; i < changes; ++i) add(report, hostile, ChangeAction::update, 1);
        add(report, "mail", ChangeAction::delete_);
        const std::string text = to_markdown(report);
        CHECK(text.size() <= longest_comment);
        CHECK(text.size() > longest_comment / 2);
        CHECK(text.find("**delete** default/mail") != std::string::npos);
        CHECK(text.find("whole entries left out. `fairway plan` shows all.") < 400);
        CHECK(text.find('@') == std::string::npos);
        CHECK(text.ends_with("\n"));
    }
    Report errors;
    for (int i = 0; i < 5'000; ++i) errors.errors.emplace_back().message = hostile;
    CHECK(to_markdown(errors).size() <= longest_comment);
}

}  // namespace
}  // namespace fairway
