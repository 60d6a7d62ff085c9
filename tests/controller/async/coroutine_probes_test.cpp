// The ways in which our coroutines pass objects around, tried with every compiler that builds us: each
// object is made once and destroyed once. Compiler bugs here crash without a warning.
#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "reconciler/model/error.hpp"
#include "tests/support/run_task.hpp"

namespace fairway {
namespace {

/// Long enough to live on the heap, so that a second destruction is noticed.
const std::string text = "a text that does not fit into the string object itself";

struct Bag {
    std::string name;
    std::vector<std::string> items;
    std::optional<std::map<std::string, std::string>> more;
};

struct Counted {
    explicit Counted(int& alive) : alive_(&alive) { ++*alive_; }
    Counted(const Counted& other) : alive_(other.alive_) { ++*alive_; }
    Counted(Counted&& other) noexcept : alive_(other.alive_) { ++*alive_; }
    Counted& operator=(const Counted&) = default;
    Counted& operator=(Counted&&) = default;
    ~Counted() { --*alive_; }

private:
    int* alive_;
};

Task<std::size_t> size_of(Bag bag) {
    co_return bag.items.size() + bag.name.size();
}
Task<Result<Bag>> pack(std::string name, std::vector<std::string> items) {
    if (items.empty()) co_return Error(ErrorClass::terminal, ErrorReason::validation, name);
    Bag bag;
    bag.name = std::move(name);
    bag.items = std::move(items);
    co_return bag;
}
Task<Counted> count(Counted counted) {
    co_return counted;
}
Task<> nothing() {
    co_return;
}
Task<std::string> call(std::function<std::string()> made) {
    co_return made();
}

Task<> named_aggregate() {
    Bag bag{text, {text, text}, {}};
    const std::size_t size = co_await size_of(bag);
    CHECK(size == 2 + text.size());
    const std::size_t moved = co_await size_of(std::move(bag));
    CHECK(moved == 2 + text.size());
}

Task<> result_in_a_condition() {
    std::vector<std::string> items(3, text);
    Result<Bag> packed = co_await pack(text, items);
    REQUIRE(packed);
    CHECK(packed->items == items);
    std::vector<std::string> none;
    const Result<Bag> refused = co_await pack(text, none);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().what() == text);
}

Task<> named_closure() {
    std::function<std::string()> made = [copy = text] { return copy; };
    const std::string got = co_await call(made);
    CHECK(got == text);
}

Task<> task_in_a_variant() {
    const std::variant<int, std::string> choice = text;
    Task<std::size_t> task = std::visit(
        [](const auto& chosen) {
            Bag bag;
            if constexpr (std::is_same_v<std::decay_t<decltype(chosen)>, std::string>) bag.name = chosen;
            return size_of(bag);
        },
        choice
    );
    const std::size_t size = co_await std::move(task);
    CHECK(size == text.size());
}

Task<> counted_objects(int& alive) {
    const Counted one(alive);
    for (int i = 0; i < 3; ++i) {
        const Counted back = co_await count(one);
        CHECK(alive == 2);
    }
    try {
        co_await nothing();
        throw text;
    } catch (const std::string& thrown) {
        CHECK(thrown == text);
    }
}

TEST_CASE("objects that coroutines pass around are made once and destroyed once") {
    boost::asio::io_context context;
    run_task(context, named_aggregate());
    run_task(context, result_in_a_condition());
    run_task(context, named_closure());
    run_task(context, task_in_a_variant());
    int alive = 0;
    run_task(context, counted_objects(alive));
    CHECK(alive == 0);
}

}  // namespace
}  // namespace fairway
