#include "tests/support/canaries.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

namespace fairway {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view low_hex = "0123456789abcdef", high_hex = "0123456789ABCDEF";

std::string hex_of(std::string_view bytes, std::string_view digits) {
    std::string text;
    for (const char byte : bytes) {
        text += digits[static_cast<unsigned char>(byte) / 16];
        text += digits[static_cast<unsigned char>(byte) % 16];
    }
    return text;
}

std::string url_of(std::string_view bytes, std::string_view digits) {
    std::string text;
    for (const char byte : bytes) {
        const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                           (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' || byte == '_' ||
                           byte == '~';
        text += plain ? std::string(1, byte) : "%" + hex_of({&byte, 1}, digits);
    }
    return text;
}

std::vector<std::pair<std::string, std::string>> forms_of(const std::string& value) {
    std::vector<std::pair<std::string, std::string>> forms{
        {"raw", value},
        {"JSON", for_json(value)},
        {"URL", url_of(value, high_hex)},
        {"URL", url_of(value, low_hex)},
        {"hex", hex_of(value, low_hex)},
        {"hex", hex_of(value, high_hex)}};
    for (const std::size_t offset : {0U, 1U, 2U}) {
        std::string form = inner_base64(value, offset);
        forms.emplace_back("base64", form);
        for (char& c : form) c = c == '+' ? '-' : c == '/' ? '_' : c;
        forms.emplace_back("base64", form);
    }
    return forms;
}

std::string content_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// A file in which the secret is kept, with or without a line end.
bool keeps(std::string content, const Canaries& canaries) {
    while (!content.empty() && content.back() == '\n') content.pop_back();
    for (const Canary& canary : canaries) {
        if (content == canary.value) return true;
    }
    return false;
}

}  // namespace

std::string to_base64(std::string_view bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        unsigned group = 0;
        for (std::size_t j = 0; j < 3; ++j) {
            group <<= 8U;
            if (i + j < bytes.size()) group |= static_cast<unsigned char>(bytes[i + j]);
        }
        for (std::size_t j = 0; j < 4; ++j) {
            const bool padding = i + j > bytes.size();
            text += padding ? '=' : alphabet[(group >> (18U - 6U * static_cast<unsigned>(j))) & 63U];
        }
    }
    return text;
}

std::string inner_base64(std::string_view bytes, std::size_t before) {
    const std::string text = to_base64(std::string(before, 'x') + std::string(bytes));
    const std::size_t begin = (8 * before + 5) / 6, end = 8 * (before + bytes.size()) / 6;
    return text.substr(begin, end - begin);
}

std::string to_hex(std::string_view bytes) {
    return hex_of(bytes, low_hex);
}

std::string for_url(std::string_view bytes) {
    return url_of(bytes, high_hex);
}

std::string for_json(std::string_view bytes) {
    std::string text;
    for (const char byte : bytes) {
        if (byte == '\n') {
            text += "\\n";
        } else {
            if (byte == '"' || byte == '\\') text += '\\';
            text += byte;
        }
    }
    return text;
}

std::vector<std::string> hits_in(std::string_view bytes, const Canaries& canaries) {
    std::vector<std::string> hits;
    for (const Canary& canary : canaries) {
        for (const auto& [how, form] : forms_of(canary.value)) {
            if (bytes.find(form) == std::string_view::npos) continue;
            hits.push_back(canary.name + ", " + how);
            break;
        }
    }
    return hits;
}

std::vector<std::string> hits_in_folder(const std::string& folder, const Canaries& canaries) {
    std::vector<std::string> hits;
    for (auto it = fs::recursive_directory_iterator(folder); it != fs::recursive_directory_iterator();
         ++it) {
        if (it->is_directory() && it->path().filename() == "given") it.disable_recursion_pending();
        if (!it->is_regular_file() || it->is_symlink()) continue;  // a link tells nothing but its name
        const std::string content = content_of(it->path());
        if (keeps(content, canaries)) continue;
        const std::string name = fs::relative(it->path(), folder).string();
        for (const std::string& hit : hits_in(content, canaries)) hits.push_back(name + ": " + hit);
        for (const std::string& hit : hits_in(name, canaries))
            hits.push_back("the name of a file: " + hit);
    }
    return hits;
}

}  // namespace fairway
