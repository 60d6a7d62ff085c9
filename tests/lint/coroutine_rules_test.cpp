// GCC 12 destroys some temporaries twice when they are built inside a co_await expression, without a
// warning. So: at most one co_await in a statement; it stands right of `=`, after co_return, as a whole
// condition, or alone; and its arguments hold neither a braced object nor a closure nor a choice.
#include <doctest/doctest.h>

#include <cctype>
#include <string>
#include <vector>

#include "tests/lint/sources.hpp"

namespace fairway::lint {
namespace {

const std::string word = "co_await";

/// The end of the expression that begins at `from`: its `;`, or the bracket that closes around it.
std::size_t end_of_expression(const std::string& code, std::size_t from) {
    int depth = 0;
    for (std::size_t i = from; i < code.size(); ++i) {
        const char c = code[i];
        if (c == '(' || c == '[' || c == '{') ++depth;
        if (c == ')' || c == ']' || c == '}') {
            if (--depth < 0) return i;
        }
        if (depth == 0 && (c == ';' || c == ',')) return i;
    }
    return code.size();
}

std::string before(const std::string& code, std::size_t position) {
    std::size_t end = position;
    while (end > 0 && std::isspace(static_cast<unsigned char>(code[end - 1]))) --end;
    std::size_t begin = end;
    while (begin > 0 &&
           (std::isalnum(static_cast<unsigned char>(code[begin - 1])) || code[begin - 1] == '_'))
        --begin;
    if (begin == end && begin > 0) --begin;
    return code.substr(begin, end - begin);
}

bool may_precede(const std::string& code, std::size_t position) {
    const std::string token = before(code, position);
    if (token == ";" || token == "{" || token == "}" || token == "=" || token == "co_return" ||
        token == "else" || token == ")" || token == ":") {
        return true;
    }
    if (token != "(" && token != "!") return false;
    std::size_t at = code.rfind('(', position);
    const std::string keyword = before(code, at);
    return keyword == "if" || keyword == "while" || keyword == "switch";
}

std::vector<std::string> violations(const std::string& text) {
    const std::string code = without_comments(text);
    std::vector<std::string> found;
    const auto complain = [&](std::size_t position, const char* what) {
        found.push_back("line " + std::to_string(line_at(code, position)) + ": " + what);
    };
    for (std::size_t at = code.find(word); at != std::string::npos; at = code.find(word, at + 1)) {
        const std::size_t end = end_of_expression(code, at);
        const std::string expression = code.substr(at + word.size(), end - at - word.size());
        if (expression.find(word) != std::string::npos) complain(at, "two co_await in one statement");
        if (expression.find('{') != std::string::npos)
            complain(at, "a braced object or a closure in a co_await");
        if (expression.find('?') != std::string::npos) complain(at, "a choice in a co_await");
        if (!may_precede(code, at)) complain(at, "co_await amid an expression");
        const std::size_t begin = code.find_last_of(";{}", at);
        const std::size_t statement_end = code.find_first_of(";{", end);
        const std::string head = code.substr(begin + 1, at - begin - 1);
        if (head.find('?') != std::string::npos) complain(at, "a choice around a co_await");
        if (code.substr(end, statement_end - end).find(word) != std::string::npos) {
            complain(at, "two co_await in one statement");
        }
    }
    return found;
}

TEST_CASE("no coroutine holds a pattern that GCC 12 miscompiles") {
    int awaits = 0;
    for (const SourceFile& file : sources_below(
             {"reconciler", "manifests", "metrics", "controller", "tests/simulation", "tests/simulator",
              "tests/support", "tests/wire"}
         )) {
        if (file.text.find(word) != std::string::npos) ++awaits;
        for (const std::string& violation : violations(file.text)) {
            FAIL_CHECK(file.path << ": " << violation);
        }
    }
    CHECK(awaits > 10);
}

TEST_CASE("the check sees each of the patterns that were tried and crashed") {
    CHECK(violations("void f() { co_await f(Agg{.name = 1}); }").size() == 1);
    CHECK(violations("void f() { co_await f({}); }").size() == 1);
    CHECK(violations("void f() { co_await f([t] { return t; }); }").size() == 1);
    CHECK(violations("void f() { co_await Agg{}.member(); }").size() == 1);
    CHECK_FALSE(violations("void f() { auto x = b ? co_await g() : T(); }").empty());
    CHECK_FALSE(
        violations("void f() { if (co_await a() && (co_await b()).s.size() > 3) return; }").empty()
    );
    CHECK_FALSE(violations("void f() { auto x = h(co_await g()); }").empty());
}

TEST_CASE("the check lets through what was tried and is safe") {
    CHECK(violations("void f() { auto x = co_await g(key, 3); co_return co_await h(std::move(x)); }")
              .empty());
    CHECK(violations("void f() { if (co_await g()) { h(); } while (!co_await g()) i(); co_await j(); }")
              .empty());
    CHECK(violations("// co_await f({})\nconst char* s = \"co_await f({})\";").empty());
}

}  // namespace
}  // namespace fairway::lint
