#include "tests/lint/sources.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace fairway::lint {
namespace fs = std::filesystem;

std::vector<SourceFile> sources_below(const std::vector<std::string>& folders) {
    const fs::path root = FAIRWAY_SOURCE_DIR;
    std::vector<SourceFile> files;
    for (const std::string& folder : folders) {
        for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
            const std::string ending = entry.path().extension();
            if (ending != ".cpp" && ending != ".hpp") continue;
            std::ifstream in(entry.path(), std::ios::binary);
            files.push_back(
                {fs::relative(entry.path(), root).string(),
                 std::string(std::istreambuf_iterator<char>(in), {})}
            );
        }
    }
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    return files;
}

std::string without_comments(const std::string& text) {
    std::string out = text;
    enum class Where { code, line, block, string, character, raw } where = Where::code;
    std::string raw_end;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i], next = i + 1 < text.size() ? text[i + 1] : '\0';
        switch (where) {
            case Where::code:
                if (c == '/' && next == '/') {
                    where = Where::line;
                } else if (c == '/' && next == '*') {
                    where = Where::block;
                } else if (c == '"' && i > 0 && text[i - 1] == 'R') {
                    const std::size_t open = text.find('(', i);
                    raw_end = ")" + text.substr(i + 1, open - i - 1) + "\"";
                    where = Where::raw;
                } else if (c == '"') {
                    where = Where::string;
                } else if (c == '\'' && (i == 0 || !std::isalnum(static_cast<unsigned char>(text[i - 1])))) {
                    where = Where::character;
                } else {
                    continue;
                }
                break;
            case Where::line:
                if (c == '\n') where = Where::code;
                break;
            case Where::block:
                if (c == '*' && next == '/') {
                    out[i] = out[i + 1] = ' ';
                    ++i;
                    where = Where::code;
                    continue;
                }
                break;
            case Where::raw:
                if (text.compare(i, raw_end.size(), raw_end) == 0) {
                    for (std::size_t k = 0; k < raw_end.size(); ++k) out[i + k] = ' ';
                    i += raw_end.size() - 1;
                    where = Where::code;
                    continue;
                }
                break;
            case Where::string:
            case Where::character:
                if (c == '\\') {
                    out[i] = ' ';
                    ++i;
                } else if (c == (where == Where::string ? '"' : '\'')) {
                    where = Where::code;
                }
                break;
        }
        if (out[i] != '\n') out[i] = ' ';
    }
    return out;
}

int line_at(const std::string& text, std::size_t position) {
    return 1 + static_cast<int>(
                   std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(position), '\n')
               );
}

}  // namespace fairway::lint
