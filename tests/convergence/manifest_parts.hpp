#pragma once

#include <array>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace fairway {

/// JSON text of one object, put together field by field.
class JsonText {
public:
    JsonText& raw(std::string_view key, std::string_view json);
    JsonText& text(std::string_view key, std::string_view value);
    JsonText& number(std::string_view key, int value) { return raw(key, std::to_string(value)); }
    std::string object() const { return "{" + fields_ + "}"; }
    static std::string list(const std::vector<std::string>& elements);

private:
    std::string fields_;
};

/// Draws the parts of valid manifests; the same seed draws the same.
class Dice {
public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}

    int between(int low, int high) {
        return low + static_cast<int>(engine_() % static_cast<std::uint64_t>(high - low + 1));
    }
    bool one_in(int n) { return between(1, n) == 1; }
    bool coin() { return one_in(2); }
    template <class T, std::size_t N>
    const T& any_of(const std::array<T, N>& values) {
        return values[static_cast<std::size_t>(between(0, static_cast<int>(N) - 1))];
    }
    template <class T>
    const T& any_of(const std::vector<T>& values) {
        return values[static_cast<std::size_t>(between(0, static_cast<int>(values.size()) - 1))];
    }

private:
    std::mt19937_64 engine_;
};

std::string health_check(Dice& dice);
/// `type`: one of CSE, CCE, CCE_SERVICE, NACOS.
std::string microservice_info(Dice& dice, std::string_view type);

}  // namespace fairway
