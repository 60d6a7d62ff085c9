#include "controller/codec/json_tree.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "controller/codec/too_large.hpp"

namespace fairway {
namespace {

/// What is wrong with a body; empty when nothing is.
std::string wrong(std::string_view body) {
    const auto tree = JsonTree::parse(std::string(body));
    return tree ? std::string() : tree.error().what();
}
bool good(std::string_view body) {
    return wrong(body).empty();
}
std::string repeat(std::string_view text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

}  // namespace

TEST_CASE("nesting is bounded before a tree is built") {
    CHECK(good(repeat("[", 64) + repeat("]", 64)));
    CHECK(wrong(repeat("[", 65) + repeat("]", 65)) == "not usable JSON: nested too deeply");
    CHECK(wrong(repeat("[", 1'000'000)) == "not usable JSON: nested too deeply");
    CHECK(wrong(repeat(R"({"a":)", 1'000'000)) == "not usable JSON: nested too deeply");
    CHECK(good(R"(["[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"[[[[\\", 1])"
    ));
}

TEST_CASE("values are counted before a tree is built") {
    const auto list = [](int values) { return "[0" + repeat(",0", values - 1) + "]"; };
    CHECK(good(list(524'280)));
    CHECK(wrong(list(524'290)) == "not usable JSON: too many values");
    CHECK(is_too_large(JsonTree::parse(list(524'290)).error()));
    CHECK(wrong("[[]" + repeat(",[]", 262'144) + "]") == "not usable JSON: too many values");
    CHECK(wrong("{" + repeat(R"("a":{},)", 262'144) + "}") == "not usable JSON: too many values");
    CHECK(good("[\"" + repeat(",:[{", 1'000'000) + "\"]"));  // none of these is one
}

TEST_CASE("text and numbers of any length are read where they stand") {
    const std::string digits(1 << 20, '7');
    const auto tree = JsonTree::parse(
        R"({"n":)" + std::string("0.") + digits +
        R"(,"e":"a\n\u00e9\ud83d\udea2b","l":[1,22,-3.50e2],"t":")" + digits + "\"}"
    );
    REQUIRE(tree);
    const JsonValue root = tree->root();
    CHECK(root.member("n").text() == "0." + digits);
    CHECK(root.member("e").text() == "a\n\u00e9\U0001F6A2b");
    CHECK(root.member("l").at(0).text() == "1");
    CHECK(root.member("l").at(1).integer() == 22);
    CHECK(root.member("l").at(2).text() == "-3.50e2");
    CHECK(root.member("t").text() == digits);
}

TEST_CASE("a repeated key is refused, however many keys there are") {
    CHECK(wrong(R"({"a":1,"a":1})") == "not usable JSON: a repeated key");
    CHECK(wrong(R"([{"x":{"port":1,"name":2,"port":3}}])") == "not usable JSON: a repeated key");
    CHECK(wrong(R"({"a":1,"\u0061":2})") == "not usable JSON: a repeated key");
    CHECK(good(R"({"a":{"a":{"a":1}},"b":1})"));
    std::string many = "{";
    for (int i = 0; i < 50'000; ++i) many += '"' + std::to_string(i) + "\":0,";
    CHECK(good(many + R"("end":0})"));
    CHECK(wrong(many + R"("49999":0})") == "not usable JSON: a repeated key");
}

TEST_CASE("only one JSON value in UTF-8 is accepted") {
    for (const std::string body :
         {"", " ", "{", "[1,]", "nul", "<html>login</html>", "{} {}", "{}x", "\"\x80\"",
          "\"\xED\xA0\x80\"", R"("\ud800")", R"("\udc00")", R"("\ud800\u0041")", "1e400", "NaN",
          "{\"a\" 1}", "'a'", "{/**/}"}) {
        CAPTURE(body);
        CHECK_FALSE(good(body));
    }
    CHECK_FALSE(good(std::string_view("{}\0garbage", 10)));
    CHECK_FALSE(good(R"({"\udc00":1})"));
    for (const std::string cut : {"\xC3", "\xE2\x82", "\xE2", "\xF0\x9F\x9A", "\xF0\x9F", "\xF4"}) {
        // Behind the last byte there is nothing to be read.
        CHECK_FALSE(good("{\"a\":\"" + cut));
        CHECK_FALSE(good("{\"a\":\"" + cut + "\""));
        CHECK_FALSE(good("{\"a long name: 0123456789\":\"" + cut));
    }
    CHECK(good(R"("\ud83d\udea2 \u6e20 \u0000 ퟿")"));
}

TEST_CASE("the error tells the place and never the content") {
    const auto what = wrong(R"({"password": hunter2})");
    CHECK(what.find("At byte 13") != std::string::npos);
    CHECK(what.find("hunter") == std::string::npos);
}

TEST_CASE("a value that is asked for what it is not gives nothing") {
    const auto tree = JsonTree::parse(R"({"n":22,"t":"x","l":[1,null],"o":{},"b":true,"z":null})");
    REQUIRE(tree);
    const JsonValue root = tree->root();
    CHECK_FALSE(root.member("absent").exists());
    CHECK_FALSE(root.member("absent").member("deeper").at(3).text());
    CHECK_FALSE(root.member("n").member("x").exists());
    CHECK_FALSE(root.member("t").integer());
    CHECK_FALSE(root.member("o").text());
    CHECK_FALSE(root.member("n").boolean());
    CHECK_FALSE(root.member("b").integer());
    CHECK_FALSE(root.member("b").text());
    CHECK(root.member("l").size() == 2);
    CHECK(root.member("l").at(1).is_null());
    CHECK_FALSE(root.member("l").at(2).exists());
    CHECK(root.member("o").size() == 0);
    CHECK(root.member("b").boolean() == true);
}

TEST_CASE("whole numbers are read in every spelling that names one exactly") {
    const auto tree = JsonTree::parse(
        R"([22, "22", 22.0, 2.2e1, 0, -0, -7, "-7", 9223372036854775807,
            22.5, 1e20, 100000000000000000000, "22x", "", " 22", "inf", "nan", "0x10", 9007199254740994.0, true, 0.5])"
    );
    REQUIRE(tree);
    const JsonValue list = tree->root();
    const std::vector<long long> wanted{22, 22, 22, 22, 0, 0, -7, -7, 9223372036854775807LL};
    for (std::size_t i = 0; i < list.size(); ++i) {
        CAPTURE(i);
        if (i < wanted.size()) {
            CHECK(list.at(i).integer() == wanted[i]);
        } else {
            CHECK_FALSE(list.at(i).integer());
        }
    }
}

TEST_CASE("numbers that other parsers stumble over are read without harm") {
    CHECK(good("0." + std::string(128, '7') + "e-336"));
    CHECK(good("0." + std::string(5000, '7') + "e-336"));
    CHECK(good("0.0000000000001e-2147483639"));
    CHECK(good("1e-99999999999999999999"));
    CHECK(good("[-0.0,-0,0e0]"));
    CHECK_FALSE(good("1e400"));
    CHECK_FALSE(good(std::string(400, '9')));
    const auto tree = JsonTree::parse('[' + std::string(300, '9') + ",0." + std::string(300, '0') + ']');
    REQUIRE(tree);
    CHECK_FALSE(tree->root().at(0).integer());
    CHECK_FALSE(tree->root().at(1).integer());
}

TEST_CASE("a number where text is documented is its own spelling") {
    const auto tree = JsonTree::parse(R"([200, 1.50, 18446744073709551616, -1])");
    REQUIRE(tree);
    CHECK(tree->root().at(0).text() == "200");
    CHECK(tree->root().at(1).text() == "1.50");
    CHECK(tree->root().at(2).text() == "18446744073709551616");
    CHECK(tree->root().at(3).text() == "-1");
}

}  // namespace fairway
