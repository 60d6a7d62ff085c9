#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace fairway {

/// A value that must not be shown: it has no output, no comparison and no implicit conversion, and its
/// memory is wiped when it goes. Only reveal() gives it out, for the one place that sends or hashes it.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string value) : value_(std::move(value)) {}
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.wipe(); }
    Secret& operator=(const Secret& other) {
        if (this != &other) {
            wipe();
            value_ = other.value_;
        }
        return *this;
    }
    Secret& operator=(Secret&& other) noexcept {
        if (this != &other) {
            wipe();
            value_ = std::move(other.value_);
            other.wipe();
        }
        return *this;
    }
    ~Secret() { wipe(); }
    bool operator==(const Secret&) const = delete;

    std::string_view reveal() const { return value_; }
    bool empty() const { return value_.empty(); }

private:
    void wipe() noexcept {
        volatile char* bytes = value_.data();  // volatile: a plain fill before a free is optimised away
        for (std::size_t i = 0; i < value_.capacity(); ++i) bytes[i] = '\0';
        value_.clear();
    }
    std::string value_;
};

}  // namespace fairway
