#include "manifests/git/git_commit.hpp"

#include <algorithm>
#include <utility>

#include "manifests/git/git_program.hpp"

namespace fairway {
namespace {

constexpr std::size_t longest_author = 60, longest_subject = 100;

std::string_view trimmed(std::string_view text) {
    const auto begin = text.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::string_view take_line(std::string_view& rest) {
    const auto size = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, size);
    rest.remove_prefix(std::min(size + 1, rest.size()));
    return line;
}

/// Of "NAME <ADDRESS> TIME ZONE".
std::string author_of(std::string_view line) {
    const auto open = line.find('<');
    const std::string_view name = trimmed(line.substr(0, open));
    if (!name.empty()) return shown_text(name, longest_author);
    if (open == std::string_view::npos) return {};
    const std::string_view address = line.substr(open + 1);
    return shown_text(trimmed(address.substr(0, address.find('>'))), longest_author);
}

}  // namespace

GitCommit parse_git_commit(std::string id, std::string_view object) {
    constexpr std::string_view author = "author ";
    GitCommit out;
    out.id = std::move(id);
    while (!object.empty()) {
        const std::string_view line = take_line(object);
        if (line.empty()) break;
        if (line.starts_with(author)) out.author = author_of(line.substr(author.size()));
    }
    while (out.subject.empty() && !object.empty())
        out.subject = shown_text(trimmed(take_line(object)), longest_subject);
    return out;
}

}  // namespace fairway
