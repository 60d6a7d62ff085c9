#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace fairway {

/// Overwrites bytes that are about to be given back: not left out where nobody reads them again.
inline void wipe(char* bytes, std::size_t size) noexcept {
    volatile char* each = bytes;  // volatile: a plain fill before a free is optimised away
    for (std::size_t i = 0; i < size; ++i) each[i] = '\0';
}

/// Empties the text and leaves nothing of it, neither in its spare room nor in the object itself.
inline void wipe(std::string& text) noexcept {
    text.resize(text.capacity());  // never allocates
    wipe(text.data(), text.size());
    text.clear();
}

/// Wipes what somebody else holds when the scope ends, however it ends.
template <class Holder>
class WipedLater {
public:
    explicit WipedLater(Holder& holder) : holder_(holder) {}
    ~WipedLater() { wipe(holder_); }
    WipedLater(const WipedLater&) = delete;
    WipedLater& operator=(const WipedLater&) = delete;

private:
    Holder& holder_;
};

/// A value that must not be shown: it has no output, no comparison and no conversion, and its memory is
/// wiped when it goes. Only reveal() gives it out, for the one place that sends or hashes it.
class Secret {
public:
    Secret() = default;
    explicit Secret(const std::string& value) : bytes_(value.begin(), value.end()) {}
    /// Wipes `value`: what was a short text would stay behind in it.
    explicit Secret(std::string&& value) : Secret(static_cast<const std::string&>(value)) {
        wipe(value);
    }
    explicit Secret(std::string_view value) : bytes_(value.begin(), value.end()) {}
    explicit Secret(const char* value) : Secret(std::string_view(value)) {}
    Secret(const Secret&) = default;
    Secret(Secret&&) noexcept = default;  // takes the bytes themselves, and leaves none
    Secret& operator=(Secret other) noexcept {
        bytes_.swap(other.bytes_);
        return *this;
    }
    ~Secret() { wipe(bytes_.data(), bytes_.size()); }

    bool operator==(const Secret&) const = delete;
    auto operator<=>(const Secret&) const = delete;
    friend std::ostream& operator<<(std::ostream&, const Secret&) = delete;

    std::string_view reveal() const { return {bytes_.data(), bytes_.size()}; }
    bool empty() const { return bytes_.empty(); }

private:
    std::vector<char> bytes_;  // never grows; a string would keep short ones in the object
};

}  // namespace fairway
