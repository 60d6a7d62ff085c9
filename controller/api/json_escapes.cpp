#include "controller/api/json_escapes.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace fairway {
namespace {

constexpr std::size_t escape_size = 6;  // \uXXXX

/// The number of the escape that begins at `at`; nothing where none does.
std::optional<std::uint32_t> escape_at(std::string_view text, std::size_t at) {
    if (text.size() - at < escape_size || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
    std::uint32_t value = 0;
    for (const char c : text.substr(at + 2, 4)) {
        const bool digit = c >= '0' && c <= '9', low = c >= 'a' && c <= 'f', high = c >= 'A' && c <= 'F';
        if (!digit && !low && !high) return std::nullopt;
        value = value * 16 + static_cast<std::uint32_t>(c - (digit ? '0' : low ? 'a' - 10 : 'A' - 10));
    }
    return value;
}

class Writer {
public:
    explicit Writer(std::string& text) : text_(text) {}
    void put(std::uint32_t byte) { text_[size_++] = static_cast<char>(byte); }
    void put_code_point(std::uint32_t c) {
        if (c < 0x80) return put(c);
        if (c < 0x800) {
            put(0xC0 | c >> 6);
        } else if (c < 0x10000) {
            put(0xE0 | c >> 12);
            put(0x80 | (c >> 6 & 0x3F));
        } else {
            put(0xF0 | c >> 18);
            put(0x80 | (c >> 12 & 0x3F));
            put(0x80 | (c >> 6 & 0x3F));
        }
        put(0x80 | (c & 0x3F));
    }
    std::size_t size() const { return size_; }

private:
    std::string& text_;
    std::size_t size_ = 0;
};

}  // namespace

void resolve_escapes(std::string& json) {
    Writer out(json);  // behind what is read, always
    for (std::size_t at = 0; at < json.size();) {
        auto c = escape_at(json, at);
        if (!c) {
            const bool escaped = json[at] == '\\' && at + 1 < json.size();
            if (escaped && json[at + 1] == '/') ++at;
            const std::size_t end = at + (escaped && json[at] == '\\' ? 2 : 1);
            for (; at < end; ++at) out.put(static_cast<unsigned char>(json[at]));
            continue;
        }
        std::size_t end = at + escape_size;
        const auto second = *c >= 0xD800 && *c < 0xDC00 ? escape_at(json, end) : std::nullopt;
        if (second && *second >= 0xDC00 && *second < 0xE000) {
            c = 0x10000 + ((*c - 0xD800) << 10) + (*second - 0xDC00);
            end += escape_size;
        }
        const bool stays = *c < 0x20 || (*c >= 0xD800 && *c < 0xE000);
        if (*c == '"' || *c == '\\') out.put('\\');
        if (!stays) out.put_code_point(*c);
        for (; at < end; ++at) {
            if (stays) out.put(static_cast<unsigned char>(json[at]));
        }
    }
    json.resize(out.size());
}

}  // namespace fairway
