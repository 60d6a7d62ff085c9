// What can be done with a secret, and what cannot: most of it is settled when this compiles.
#include "reconciler/model/secret.hpp"

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <concepts>
#include <cstring>
#include <functional>
#include <ostream>
#include <string>
#include <type_traits>
#include <utility>

namespace fairway {
namespace {

template <class T>
concept Printable = requires(std::ostream& out, const T& value) {
    out << value;
};
template <class T>
concept EqualTo = requires(const T& a, const T& b) {
    a == b;
};
template <class T>
concept Ordered = requires(const T& a, const T& b) {
    a < b;
};
template <class T, class Other>
concept ComparedWith = requires(const T& a, const Other& b) {
    a == b;
};
template <class T>
concept Hashed = requires(const T& value) {
    std::hash<T>()(value);
};
template <class T>
concept Joined = requires(const T& value, std::string text) {
    text + value;
};
template <class T>
concept Appended = requires(const T& value, std::string text) {
    text.append(value);
};

// The questions are sound: an ordinary text can do all of it.
static_assert(Printable<std::string> && EqualTo<std::string> && Ordered<std::string>);
static_assert(Hashed<std::string> && Joined<std::string> && Appended<std::string>);
static_assert(ComparedWith<std::string, const char*> && fmt::is_formattable<std::string>::value);

static_assert(!Printable<Secret> && !fmt::is_formattable<Secret>::value);
static_assert(!EqualTo<Secret> && !Ordered<Secret> && !Hashed<Secret>);
static_assert(!ComparedWith<Secret, std::string> && !ComparedWith<Secret, const char*>);
static_assert(!Joined<Secret> && !Appended<Secret>);
static_assert(!std::convertible_to<Secret, std::string>);
static_assert(!std::convertible_to<Secret, std::string_view>);
static_assert(!std::convertible_to<Secret, const char*> && !std::convertible_to<Secret, bool>);
static_assert(!std::constructible_from<std::string, Secret>);
static_assert(!std::constructible_from<bool, Secret>);
static_assert(!std::convertible_to<std::string, Secret>);  // nothing becomes one by accident either
static_assert(std::is_nothrow_move_constructible_v<Secret>);

/// What the object at `place` is made of.
std::string bytes_at(const void* place, std::size_t size) {
    std::string bytes(size, '\0');
    std::memcpy(bytes.data(), place, size);
    return bytes;
}

TEST_CASE("a secret that a test compares or captures is not shown by it") {
    const Secret secret("canary-text");
    const std::string shown = doctest::toString(secret).c_str();
    CHECK(shown.find("canary") == std::string::npos);
    CHECK(secret.reveal() == "canary-text");
}

TEST_CASE("a text that became a secret leaves nothing in the object it was in") {
    for (const std::string& canary : {std::string("short-canary"), std::string(200, 'c') + "-canary"}) {
        CAPTURE(canary.size());
        std::string text = canary;
        const std::string_view room(text.data(), text.capacity());
        REQUIRE(room.find("canary") != std::string_view::npos);
        const Secret secret(std::move(text));
        CHECK(secret.reveal() == canary);
        CHECK(text.empty());  // NOLINT(bugprone-use-after-move): what is left of it is the question
        REQUIRE(text.data() == room.data());
        CHECK(room.find("canary") == std::string_view::npos);
        CHECK(bytes_at(&text, sizeof text).find("canary") == std::string::npos);
    }
}

TEST_CASE("a secret keeps no byte of itself in the object, also where it is short") {
    Secret secret("canary");
    CHECK(bytes_at(&secret, sizeof secret).find("canary") == std::string::npos);
    const Secret moved = std::move(secret);
    CHECK(secret.empty());  // NOLINT(bugprone-use-after-move)
    CHECK(moved.reveal() == "canary");
}

TEST_CASE("a secret may be copied, and given another value, also its own") {
    Secret one("first"), two("second");
    Secret copy = one;
    CHECK(copy.reveal() == "first");
    copy = two;
    CHECK(copy.reveal() == "second");
    const Secret& itself = copy;
    copy = itself;
    CHECK(copy.reveal() == "second");
    copy = std::move(one);
    CHECK(copy.reveal() == "first");
    CHECK(Secret().empty());
}

TEST_CASE("a wiped text has nothing in its spare room") {
    std::string text = "a text with a canary at its end, where it is cut off";
    const std::string_view room(text.data(), text.capacity());
    text.resize(3);
    REQUIRE(room.find("canary") != std::string_view::npos);
    {
        const WipedLater later(text);
        CHECK(text == "a t");
    }
    CHECK(text.empty());
    CHECK(room.find_first_not_of('\0') == std::string_view::npos);
}

}  // namespace
}  // namespace fairway
