#include "manifests/git/git_listing.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

#include "manifests/manifests.hpp"
#include "manifests/source_names.hpp"
#include "manifests/text.hpp"

namespace fairway {
namespace {

constexpr std::uint64_t longest_link = 4096;

using Parts = std::vector<std::string_view>;

std::string_view take_word(std::string_view& rest, char end) {
    const auto size = std::min(rest.find(end), rest.size());
    const std::string_view word = rest.substr(0, size);
    rest.remove_prefix(std::min(size + 1, rest.size()));
    return word;
}

Parts parts_of(std::string_view path) {
    Parts parts;
    while (!path.empty()) parts.push_back(take_word(path, '/'));
    return parts;
}

Error limit_error(const std::string& path, const std::string& what) {
    return {ErrorClass::terminal, ErrorReason::validation, printable_name(path) + ": " + what};
}

class Judge {
public:
    explicit Judge(const GitLimits& limits) : limits_(limits) {}

    Result<GitFiles> run(const std::vector<GitEntry>& entries) {
        for (const GitEntry& entry : entries) {
            const Result<> judged = take(entry);
            if (!judged) return judged.error();
        }
        warn_of_case();
        return std::move(out_);
    }

private:
    void refuse(const std::string& path, std::string wrong, std::string advice) {
        out_.refused.push_back({path, std::move(wrong), std::move(advice)});
    }

    Result<> take(const GitEntry& entry) {
        const Parts parts = parts_of(entry.path);
        if (parts.empty() || std::any_of(parts.begin(), parts.end(), is_hidden_name)) return {};
        const bool named = is_manifest_name(parts.back());
        if (entry.path.size() > limits_.max_path) {
            refuse(
                entry.path.substr(0, 200) + "...",
                "has a path of " + std::to_string(entry.path.size()) + " bytes", "shorten it"
            );
            return {};
        }
        if (has_control_characters(entry.path)) {
            if (named) refuse(entry.path, "the name has control characters", "rename it");
            return {};
        }
        if (parts.size() > limits_.max_depth + 1) {
            return limit_error(
                entry.path,
                "lies more than " + std::to_string(limits_.max_depth) + " directories deep; flatten it"
            );
        }
        if (in_folder_of_manifest_name(parts, entry.path)) return {};
        if (entry.is_submodule()) {
            take_submodule(entry, named);
        } else if (entry.is_link() && entry.size > longest_link) {
            refuse(entry.path, "is a symbolic link that no system could follow", "remove it");
        } else if (entry.is_link() && named) {
            refuse(
                entry.path, "is a symbolic link, and links are not followed", "put the file itself here"
            );
        } else if (entry.is_link()) {
            out_.links.push_back(entry);
        } else if (named) {
            return take_file(entry);
        }
        return {};
    }

    void take_submodule(const GitEntry& entry, bool named) {
        if (named)
            return refuse(
                entry.path, "is a submodule, and its name is that of a manifest", "put a file there"
            );
        out_.doubtful.push_back(
            {entry.path, "is a submodule, and submodules are not read",
             "give it a source of its own where it holds manifests"}
        );
    }

    Result<> take_file(const GitEntry& entry) {
        bytes_ += std::min<std::uint64_t>(entry.size, max_manifest_bytes + 1);
        if (++count_ > limits_.max_files) {
            return limit_error(
                entry.path,
                "is one file too many; at most " + std::to_string(limits_.max_files) + " are read"
            );
        }
        if (bytes_ > limits_.max_total_bytes) {
            return limit_error(
                entry.path, "makes the files too large together; at most " +
                                std::to_string(limits_.max_total_bytes) + " bytes are read"
            );
        }
        if (entry.size > max_manifest_bytes) {
            refuse(
                entry.path, "has " + std::to_string(entry.size) + " bytes",
                "at most " + std::to_string(max_manifest_bytes) + " are read; split it"
            );
            return {};
        }
        out_.files.push_back(entry);
        return {};
    }

    /// Told once for each such folder.
    bool in_folder_of_manifest_name(const Parts& parts, const std::string& path) {
        for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
            if (!is_manifest_name(parts[i])) continue;
            const auto end = static_cast<std::size_t>(parts[i].data() + parts[i].size() - path.data());
            const std::string folder = path.substr(0, end);
            const bool told = !out_.refused.empty() && out_.refused.back().path == folder;
            if (!told) {
                refuse(
                    folder, "is a directory, and its name is that of a manifest",
                    "put the file back, or rename the directory"
                );
            }
            return true;
        }
        return false;
    }

    void warn_of_case() {
        std::vector<std::pair<std::string, const GitEntry*>> names;
        names.reserve(out_.files.size());
        for (const GitEntry& file : out_.files) names.emplace_back(lower_case(file.path), &file);
        std::sort(names.begin(), names.end(), [](const auto& a, const auto& b) {
            return std::tie(a.first, a.second->path) < std::tie(b.first, b.second->path);
        });
        for (std::size_t i = 1; i < names.size(); ++i) {
            if (names[i].first != names[i - 1].first) continue;
            out_.doubtful.push_back(
                {names[i].second->path,
                 "differs only by case from " + printable_name(names[i - 1].second->path),
                 "many machines can check out only one of them; rename one"}
            );
        }
    }

    const GitLimits& limits_;
    std::size_t count_ = 0;
    std::uint64_t bytes_ = 0;
    GitFiles out_;
};

}  // namespace

std::optional<std::vector<GitEntry>> parse_git_listing(std::string_view text) {
    std::vector<GitEntry> entries;
    while (!text.empty()) {
        if (text.find('\0') == std::string_view::npos) return std::nullopt;
        std::string_view line = take_word(text, '\0');
        if (line.find('\t') == std::string_view::npos) return std::nullopt;
        std::string_view head = take_word(line, '\t');
        GitEntry entry;
        entry.path = line;
        entry.mode = take_word(head, ' ');
        entry.type = take_word(head, ' ');
        entry.id = take_word(head, ' ');
        while (head.starts_with(' ')) head.remove_prefix(1);
        if (entry.type == "blob") {
            const char* end = head.data() + head.size();
            const auto read = std::from_chars(head.data(), end, entry.size);
            if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
        }
        if (entry.id.size() < 40 || entry.path.empty()) return std::nullopt;
        entries.push_back(std::move(entry));
    }
    return entries;
}

Result<GitFiles> judge_git_listing(const std::vector<GitEntry>& entries, const GitLimits& limits) {
    return Judge(limits).run(entries);
}

std::string judge_git_link(
    const GitEntry& link, std::string_view target, const std::vector<GitEntry>& entries
) {
    const std::string outside = "is a symbolic link that leads out of the manifests";
    const std::string followed = "is a symbolic link to a directory, and links are not followed";
    if (target.starts_with('/')) return outside;
    Parts at = parts_of(link.path);
    at.pop_back();
    for (const std::string_view part : parts_of(target)) {
        if (part == "." || part.empty()) continue;
        if (part != "..") {
            at.push_back(part);
        } else if (at.empty()) {
            return outside;
        } else {
            at.pop_back();
        }
    }
    std::string path;
    for (const std::string_view part : at) path += (path.empty() ? "" : "/") + std::string(part);
    if (path.empty()) return followed;
    for (const GitEntry& entry : entries) {
        const bool plain = !entry.is_link() && !entry.is_submodule();
        if (entry.path == path && plain) return {};
        if (entry.path.starts_with(path + '/')) return followed;
        if (!plain && (entry.path == path || path.starts_with(entry.path + '/')))
            return "is a symbolic link by way of another link or a submodule";
    }
    return {};  // to nothing: whatever was meant, it was no folder of manifests
}

}  // namespace fairway
