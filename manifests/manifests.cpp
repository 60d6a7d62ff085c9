#include "manifests/manifests.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_map>

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

/// Puts one snapshot together.
class Assembly {
public:
    explicit Assembly(std::vector<std::shared_ptr<const FileManifests>> files)
        : files_(std::move(files)) {
        std::sort(files_.begin(), files_.end(), [](const auto& a, const auto& b) {
            return a->file < b->file;
        });
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
        hold_back_unreadable();
        warn_of_case();
        std::sort(out_.problems.begin(), out_.problems.end(), is_before);
        out_.revision = digest.hex();
        out_.files = files_.size();
        return std::move(out_);
    }

private:
    void take(const FileManifests& file) {
        out_.problems.insert(out_.problems.end(), file.problems.begin(), file.problems.end());
        out_.unreadable.insert(file.unreadable.begin(), file.unreadable.end());
        for (const auto& key : file.unreadable) broken_in_.emplace(key, file.file);
        out_.invalid += file.invalid;
        out_.ignored += file.ignored;
        for (const auto& manifest : file.manifests) declared_[manifest->key].push_back(manifest);
    }

    void refuse_twins() {
        for (const auto& [key, manifests] : declared_) {
            if (manifests.size() == 1) {
                out_.manifests.emplace_hint(out_.manifests.end(), key, manifests.front());
                continue;
            }
            for (const auto& manifest : manifests) {
                const bool first = manifest == manifests.front();
                const auto& other = *manifests[first ? 1 : 0];
                const std::string count =
                    manifests.size() == 2 ? "twice" : std::to_string(manifests.size()) + " times";
                out_.problems.push_back(problem_with(
                    *manifest, told(key) + " is declared " + count + ", also at " + told(other.place),
                    "keep one of them"
                ));
            }
            out_.unreadable.insert(key);
            out_.invalid += manifests.size();
        }
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
        std::unordered_map<std::string, const Manifest*> seen;  // looked up, never walked
        seen.reserve(out_.manifests.size());
        for (const auto& [key, manifest] : out_.manifests) {
            const auto [other, is_new] =
                seen.emplace(key.project + '\n' + lower_case(key.name), manifest.get());
            if (is_new) continue;
            auto problem = problem_with(
                *manifest,
                quote(key.name) + " and " + quote(other->second->key.name) + " at " +
                    told(other->second->place) + " differ only by case",
                "choose names that differ in more"
            );
            problem.severity = Severity::warning;
            out_.problems.push_back(std::move(problem));
        }
    }

    std::vector<std::shared_ptr<const FileManifests>> files_;
    std::map<ChannelKey, std::vector<std::shared_ptr<const Manifest>>> declared_;
    std::map<ChannelKey, std::string> broken_in_;
    ManifestSnapshot out_;
};

}  // namespace

FileManifests parse_manifests(
    std::string_view file_name, std::string_view bytes, const ManifestContext& context
) {
    FileManifests out;
    out.file = file_name;
    out.digest = content_digest(bytes);
    YamlFile yaml = read_yaml(file_name, bytes);
    std::size_t documents = yaml.documents.size();
    if (yaml.broken) {
        if (documents > 0) {  // the last one may be a part of what was meant
            const auto last = identify_document(yaml.documents[--documents], context);
            out.unreadable.insert(last.keys.begin(), last.keys.end());
            if (!last.keys.empty()) yaml.broken->key = *last.keys.begin();
        }
        out.problems.push_back(std::move(*yaml.broken));
        out.invalid = 1;
    }
    for (std::size_t i = 0; i < documents; ++i) {
        auto reading = read_document(file_name, std::move(yaml.documents[i]), context);
        if (!reading.ours) {
            ++out.ignored;
            continue;
        }
        append(out.problems, std::move(reading.problems));
        if (reading.manifest && !yaml.broken) {
            out.manifests.push_back(std::move(reading.manifest));
        } else {  // of a file that breaks off, nothing is believed
            ++out.invalid;
            out.unreadable.insert(reading.keys.begin(), reading.keys.end());
        }
    }
    std::sort(out.problems.begin(), out.problems.end(), is_before);
    return out;
}

ManifestSnapshot assemble(std::vector<std::shared_ptr<const FileManifests>> files, std::string source) {
    ManifestSnapshot out = Assembly(std::move(files)).run();
    out.source = std::move(source);
    return out;
}

}  // namespace fairway
