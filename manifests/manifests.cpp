#include "manifests/manifests.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "manifests/channel_defaults.hpp"
#include "manifests/digest.hpp"
#include "manifests/document.hpp"
#include "manifests/text.hpp"
#include "manifests/yaml_reader.hpp"

namespace fairway {
namespace {

bool is_before(const ManifestProblem& a, const ManifestProblem& b) {
    return std::tie(a.place.file, a.place.line, a.place.column, a.field, a.wrong) <
           std::tie(b.place.file, b.place.line, b.place.column, b.field, b.wrong);
}

void append(std::vector<ManifestProblem>& to, std::vector<ManifestProblem> from) {
    std::move(from.begin(), from.end(), std::back_inserter(to));
}

std::string told(const Place& place) {
    if (place.line == 0) return place.file;
    return place.file + ':' + std::to_string(place.line) + ':' + std::to_string(place.column);
}

std::string told(const ChannelKey& key) {
    return "the channel " + quote(key.name) + " of project " + quote(key.project);
}

ManifestProblem problem_with(const Manifest& manifest, std::string wrong, std::string advice) {
    ManifestProblem problem;
    problem.place = manifest.place;
    problem.field = "metadata.name";
    problem.wrong = std::move(wrong);
    problem.advice = std::move(advice);
    problem.key = manifest.key;
    return problem;
}

/// Nothing but white space and marks of documents.
bool is_blank(std::string_view bytes) {
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (bytes.starts_with(byte_order_mark)) bytes.remove_prefix(byte_order_mark.size());
    while (!bytes.empty()) {
        std::string_view line = bytes.substr(0, bytes.find('\n'));
        bytes.remove_prefix(std::min(bytes.size(), line.size() + 1));
        const auto last = line.find_last_not_of(" \t\r");
        line = line.substr(0, last == std::string_view::npos ? 0 : last + 1);
        if (!line.empty() && line != "---" && line != "...") return false;
    }
    return true;
}

/// Of a file that cannot be read to its end.
bool names_defaults(std::string_view bytes) {
    return bytes.find("ChannelDefaults") != std::string_view::npos;
}

void take_defaults(FileManifests& file, const ChannelDefaults& defaults, bool believed) {
    auto copy = std::make_shared<ChannelDefaults>(defaults);
    copy->sound = defaults.sound && believed;
    copy->print = file.digest;
    if (!copy->sound) copy->root = {};
    if (believed && !copy->sound) ++file.invalid;
    file.defaults.push_back(std::move(copy));
}

bool comes_before(
    const std::shared_ptr<const FileManifests>& a, const std::shared_ptr<const FileManifests>& b
) {
    return a->file < b->file;
}

/// Puts one snapshot together. All of it is done anew when a single file changed, so that nothing can be
/// left over from before: it has to be cheap, and works on sorted lists instead of maps of maps.
class Assembly {
public:
    explicit Assembly(std::vector<std::shared_ptr<const FileManifests>> files)
        : files_(std::move(files)) {
        if (!std::is_sorted(files_.begin(), files_.end(), comes_before))
            std::sort(files_.begin(), files_.end(), comes_before);
    }

    ManifestSnapshot run() && {
        DigestOfParts digest;
        for (const auto& file : files_) {
            take(*file);
            digest.add(file->file);
            digest.add(file->digest);
            digest.add(std::to_string(file->invalid));
            for (const auto& manifest : file->manifests) {
                digest.add(manifest->key.project
                );  // depends on the configuration where the file names none
            }
        }
        refuse_twins();
        refuse_twin_defaults();
        tell_held_back();
        hold_back_unreadable();
        warn_of_case();
        std::sort(out_.problems.begin(), out_.problems.end(), is_before);
        out_.revision = digest.hex();
        out_.files = files_.size();
        return std::move(out_);
    }

private:
    using Declared = std::vector<const std::shared_ptr<const Manifest>*>;

    void take(const FileManifests& file) {
        out_.problems.insert(out_.problems.end(), file.problems.begin(), file.problems.end());
        out_.unreadable.insert(file.unreadable.begin(), file.unreadable.end());
        for (const auto& key : file.unreadable) broken_in_.emplace(key, file.file);
        out_.invalid += file.invalid;
        out_.ignored += file.ignored;
        if (file.blank) {
            ++out_.blank;
            ManifestProblem problem;
            problem.severity = Severity::warning;
            problem.place = {file.file, 0, 0};
            problem.wrong = "is empty or leads to nothing, so nothing is deleted";
            problem.advice = "remove it where its channels are to go";
            out_.problems.push_back(std::move(problem));
        }
        for (const auto& manifest : file.manifests) declared_.push_back(&manifest);
        for (const auto& defaults : file.defaults) {
            defaults_.emplace(directory_of(file.file), &defaults->place);
        }
        if (file.held_back == 0) return;
        held_back_[told(*file.in_force->broken)] += file.held_back;
        broken_.emplace(told(*file.in_force->broken), &*file.in_force->broken);
        for (const auto& key : file.unreadable) out_.held_back.emplace(key, *file.in_force->broken);
    }

    void refuse_twin_defaults() {
        for (auto first = defaults_.cbegin(); first != defaults_.cend();) {
            const auto last = defaults_.upper_bound(first->first);
            if (std::next(first) == last) {
                first = last;
                continue;
            }
            const Place& other = *std::next(first)->second;
            for (auto it = first; it != last; ++it) {
                ManifestProblem problem;
                problem.place = *it->second;
                problem.field = "kind";
                problem.wrong = "the directory has several ChannelDefaults, also at " +
                                told(it == first ? other : *first->second);
                problem.advice = "keep one of them, with the fields of all";
                out_.problems.push_back(std::move(problem));
                ++out_.invalid;
            }
            first = last;
        }
    }

    void tell_held_back() {
        for (const auto& [at, count] : held_back_) {
            ManifestProblem problem;
            problem.place = *broken_.at(at);
            const std::string channels = count == 1 ? "a channel" : std::to_string(count) + " channels";
            problem.wrong = "these defaults cannot be used, and " + channels + " below them " +
                            (count == 1 ? "is" : "are") + " left alone as " +
                            (count == 1 ? "it is" : "they are");
            problem.advice = "mend the defaults";
            out_.problems.push_back(std::move(problem));
        }
    }

    void refuse_twins() {
        std::sort(declared_.begin(), declared_.end(), [](const auto* a, const auto* b) {
            return std::tie((*a)->key, (*a)->place.file, (*a)->place.line) <
                   std::tie((*b)->key, (*b)->place.file, (*b)->place.line);
        });
        for (auto first = declared_.cbegin(); first != declared_.cend();) {
            const ChannelKey& key = (**first)->key;
            const auto last = std::find_if(first + 1, declared_.cend(), [&](const auto* manifest) {
                return (*manifest)->key != key;
            });
            if (last - first == 1) {
                out_.manifests.emplace_hint(out_.manifests.end(), key, **first);
            } else {
                refuse({first, last});
            }
            first = last;
        }
    }

    void refuse(const Declared& twins) {
        const ChannelKey& key = (*twins.front())->key;
        for (const auto* manifest : twins) {
            const Manifest& other = **twins[manifest == twins.front() ? 1 : 0];
            const std::string count =
                twins.size() == 2 ? "twice" : std::to_string(twins.size()) + " times";
            out_.problems.push_back(problem_with(
                **manifest, told(key) + " is declared " + count + ", also at " + told(other.place),
                "keep one of them"
            ));
        }
        out_.unreadable.insert(key);
        out_.invalid += twins.size();
    }

    /// A channel that a broken document declares is left alone, wherever else it may be declared.
    void hold_back_unreadable() {
        for (const auto& [key, file] : broken_in_) {
            const auto it = out_.manifests.find(key);
            if (it == out_.manifests.end()) continue;
            auto problem = problem_with(
                *it->second,
                told(key) + " is held back: " + file + ", which has errors, declares it too",
                "mend that file"
            );
            problem.severity = Severity::warning;
            out_.problems.push_back(std::move(problem));
            out_.manifests.erase(it);
        }
    }

    void warn_of_case() {
        using Name = std::pair<std::uint64_t, const Manifest*>;  // by the digest of the folded key
        std::vector<Name> names;
        names.reserve(out_.manifests.size());
        std::string folded;
        for (const auto& [key, manifest] : out_.manifests) {
            folded.assign(key.project).append(1, '\n').append(lower_case(key.name));
            names.emplace_back(short_digest(folded), manifest.get());
        }
        std::sort(names.begin(), names.end(), [](const Name& a, const Name& b) {
            return std::tie(a.first, a.second->key) < std::tie(b.first, b.second->key);
        });
        for (auto first = names.cbegin(); first != names.cend();) {
            auto next = first + 1;
            for (; next != names.cend() && next->first == first->first; ++next)
                warn_of_case(*first->second, *next->second);
            first = next;
        }
    }

    void warn_of_case(const Manifest& one, const Manifest& other) {
        if (lower_case(one.key.name) != lower_case(other.key.name))
            return;  // equal digests are no proof
        auto problem = problem_with(
            other,
            quote(other.key.name) + " and " + quote(one.key.name) + " at " + told(one.place) +
                " differ only by case",
            "choose names that differ in more"
        );
        problem.severity = Severity::warning;
        out_.problems.push_back(std::move(problem));
    }

    std::vector<std::shared_ptr<const FileManifests>> files_;
    Declared declared_;  ///< into files_; by key, then by place
    std::map<ChannelKey, std::string> broken_in_;
    std::multimap<std::string_view, const Place*> defaults_;  ///< by directory
    std::map<std::string, std::size_t> held_back_;  ///< channels, by the place of the broken defaults
    std::map<std::string, const Place*> broken_;    ///< these places
    ManifestSnapshot out_;
};

}  // namespace

FileManifests parse_manifests(
    std::string_view file_name, std::string_view bytes, const ManifestContext& context,
    const DefaultsPtr& defaults, FileScope scope
) {
    FileManifests out;
    out.file = file_name;
    out.digest = content_digest(bytes);
    out.parsed = true;
    out.in_force = defaults;
    YamlFile yaml = read_yaml(file_name, bytes);
    const std::size_t count = yaml.documents.size();
    const bool everything = scope == FileScope::everything;
    for (std::size_t i = 0; i < count; ++i) {
        // Where the file breaks off, the last one may be a part of what was meant.
        const bool part = yaml.broken && i + 1 == count;
        YamlDocument document = std::move(yaml.documents[i]);
        auto reading = part ? identify_document(file_name, std::move(document), context, defaults)
                            : read_document(file_name, std::move(document), context, defaults);
        if (!everything && !reading.defaults) continue;
        if (part && !reading.keys.empty()) yaml.broken->key = *reading.keys.begin();
        append(out.problems, std::move(reading.problems));
        if (reading.defaults) {
            take_defaults(out, *reading.defaults, !yaml.broken);
            continue;
        }
        if (!reading.ours) {
            if (!part) ++out.ignored;
        } else if (reading.manifest && !yaml.broken) {
            out.manifests.push_back(std::move(reading.manifest));
        } else {  // of a file that breaks off, nothing is believed
            if (!part) ++out.invalid;
            if (reading.held_back && !reading.keys.empty()) ++out.held_back;
            out.unreadable.insert(reading.keys.begin(), reading.keys.end());
        }
    }
    if (yaml.broken) {
        if (out.defaults.empty() && names_defaults(bytes)) {
            ChannelDefaults unknown;
            unknown.place = yaml.broken->place;
            take_defaults(out, unknown, false);
        }
        if (everything || !out.defaults.empty()) {
            out.problems.push_back(std::move(*yaml.broken));
            ++out.invalid;
        }
    }
    out.blank = everything && is_blank(bytes);
    std::sort(out.problems.begin(), out.problems.end(), is_before);
    return out;
}

ManifestSnapshot assemble(std::vector<std::shared_ptr<const FileManifests>> files, std::string source) {
    ManifestSnapshot out = Assembly(std::move(files)).run();
    out.source = std::move(source);
    return out;
}

}  // namespace fairway
