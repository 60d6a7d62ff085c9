#include "manifests/document.hpp"

#include <algorithm>
#include <array>

#include "manifests/field_reader.hpp"
#include "manifests/spec_fields.hpp"
#include "manifests/text.hpp"
#include "manifests/value_rules.hpp"

namespace fairway {
namespace {

constexpr std::string_view api_version = "fairway/v1";
constexpr std::array<std::string_view, 1> versions{api_version};
constexpr std::array<std::string_view, 2> kinds{"VpcChannel", "ChannelDefaults"};
constexpr std::size_t most_map_entries = 64;

constexpr std::array<KeyHint, 16> top_hints{{
    {"name", "the name is not a key of its own", "move it to metadata.name"},
    {"project", "the project is not a key of its own", "move it to metadata.project"},
    {"labels", "labels are not a key of their own", "move them to metadata.labels"},
    {"annotations", "annotations are not a key of their own", "move them to metadata.annotations"},
    {"status", "a manifest holds no state", "leave it out"},
    {"port", "belongs to spec", "indent it below spec"},
    {"balance_strategy", "belongs to spec", "indent it below spec"},
    {"member_type", "belongs to spec", "indent it below spec"},
    {"type", "belongs to spec", "indent it below spec"},
    {"vpc_channel_type", "belongs to spec", "indent it below spec"},
    {"dict_code", "belongs to spec", "indent it below spec"},
    {"member_groups", "belongs to spec", "indent it below spec"},
    {"members", "belongs to spec", "indent it below spec"},
    {"vpc_health_config", "belongs to spec", "indent it below spec"},
    {"microservice_info", "belongs to spec", "indent it below spec"},
    {"instance_ids", "belongs to spec", "indent it below spec"},
}};

constexpr std::array<KeyHint, 3> metadata_hints{{
    {"namespace", "there are no namespaces", "name the project in metadata.project"},
    {"project_id", "a manifest names no cloud project",
     "name a project of the configuration in metadata.project"},
    {"region", "a manifest names no region", "set it in the configuration"},
}};

constexpr std::array<KeyHint, 1> defaults_metadata_hints{{
    {"name", "defaults have no name", "leave it out: they hold for every channel of the directory"},
}};

const YamlNode* scalar_at(const YamlNode& node, std::string_view outer, std::string_view inner) {
    const YamlNode* map = node.find(outer);
    const YamlNode* value = map ? map->find(inner) : nullptr;
    return value && value->kind == YamlNode::Kind::scalar && !value->text.empty() ? value : nullptr;
}

/// `unsure`: the project may be one that broken defaults name.
std::set<ChannelKey> declared_keys(
    const YamlNode& root, const ManifestContext& context, bool unsure = false
) {
    const YamlNode* name = scalar_at(root, "metadata", "name");
    if (!name) name = scalar_at(root, "spec", "name");
    if (!name) return {};
    if (const YamlNode* project = scalar_at(root, "metadata", "project"))
        return {{project->text, name->text}};
    const std::string only = context.default_project();
    if (!only.empty() && !unsure) return {{only, name->text}};
    std::set<ChannelKey> keys;
    if (!only.empty()) keys.insert({only, name->text});
    for (const auto& project : context.projects) keys.insert({project, name->text});
    return keys;
}

/// A JSON Schema, such as ours: it lies beside the manifests, where their first lines look for it.
bool is_schema(const YamlNode& root) {
    const YamlNode* schema = root.find("$schema");
    return schema && schema->text.find("://json-schema.org/") != std::string::npos;
}

/// Whether the document belongs to another program: it says so by an apiVersion of another group.
bool is_foreign(const YamlNode& root) {
    const YamlNode* version = root.find("apiVersion");
    if (!version && is_schema(root)) return true;
    if (!version || version->kind != YamlNode::Kind::scalar || version->text.empty()) return false;
    const std::string group = lower_case(version->text.substr(0, version->text.find('/')));
    if (group == "fairway" || group.starts_with("fairway.")) return false;
    // Nobody else has this kind: an apiVersion beside it that is not ours is a typo, not another
    // program.
    const YamlNode* type = root.find("kind");
    return !type || std::find(kinds.begin(), kinds.end(), type->text) == kinds.end();
}

/// Whether it is meant as defaults; false for another program's document too.
bool is_defaults(const YamlNode& root) {
    const YamlNode* type = root.find("kind");
    return type && type->kind == YamlNode::Kind::scalar && is_defaults_kind(type->text);
}

std::shared_ptr<ChannelDefaults> defaults_at(std::string_view file, const YamlNode& root) {
    auto out = std::make_shared<ChannelDefaults>();
    out->place = {std::string(file), root.at.line, root.at.column};
    return out;
}

std::map<std::string, std::string> read_strings(
    Fields& fields, std::string_view key, const TextRule& key_rule, const TextRule& value_rule
) {
    std::map<std::string, std::string> out;
    const YamlNode* node = fields.find(key);
    if (!node || node->kind == YamlNode::Kind::refused) return out;
    Findings& findings = fields.findings();
    if (node->kind != YamlNode::Kind::mapping) {
        findings.error(
            node->at, fields.path(key), std::string(kind_of(*node)), "write a mapping of texts"
        );
        return out;
    }
    if (node->entries.size() > most_map_entries) {
        findings.error(node->at, fields.path(key), "has more than 64 entries", "keep 64 at most");
        return out;
    }
    for (const auto& entry : node->entries) {
        const std::string path = join_path(fields.path(key), entry.key);
        YamlNode name;
        name.kind = YamlNode::Kind::scalar;
        name.quoted = true;
        name.text = entry.key;
        name.at = entry.key_at;
        const auto label = read_text(findings, name, path, key_rule);
        if (entry.value.kind == YamlNode::Kind::null) {
            findings.error(entry.value.at, path, "is null", "write \"\" for an empty text");
            continue;
        }
        auto value = read_text(findings, entry.value, path, value_rule);
        if (label && value) out.emplace(*label, std::move(*value));
    }
    return out;
}

/// The project that a document names, checked; nothing where it names none.
std::optional<std::string> read_project(Fields& metadata, const ManifestContext& context) {
    const auto project = metadata.text("project", rules::project_name);
    if (!project || !context.check_names || context.projects.contains(*project)) return project;
    const std::vector<std::string_view> known(context.projects.begin(), context.projects.end());
    const auto meant = closest(*project, known);
    const std::string right = known.empty() ? "define it under projects" : "write " + either(known);
    metadata.error(
        "project", "the configuration defines no project " + quote(*project),
        meant.empty() ? right : "did you mean " + std::string(meant) + '?'
    );
    return project;
}

class DefaultsReader {
public:
    DefaultsReader(std::string_view file, YamlDocument document, const ManifestContext& context)
        : findings_(std::string(file)),
          root_(std::move(document.root)),
          context_(context),
          defaults_(defaults_at(file, root_)) {
        findings_.add(std::move(document.problems));
    }

    DocumentReading read() && {
        Fields top(findings_, root_, "");
        top.word("apiVersion", versions, Need::required);
        top.word("kind", kinds, Need::required);
        top.know("$schema");
        if (auto metadata = top.mapping("metadata")) {
            read_project(*metadata, context_);
            read_strings(*metadata, "labels", rules::label_key, rules::label_value);
            read_strings(*metadata, "annotations", rules::label_key, rules::annotation_value);
            metadata->finish(defaults_metadata_hints);
        }
        if (const YamlNode* spec = top.find("spec")) check_shared_spec(findings_, *spec);
        if (const YamlNode* lifecycle = top.find("lifecycle")) read_lifecycle(findings_, *lifecycle);
        top.finish(top_hints);
        DocumentReading out;
        if (findings_.sound()) {
            defaults_->sound = true;
            defaults_->root = std::move(root_);
        }
        out.defaults = std::move(defaults_);
        out.problems = std::move(findings_).take();
        return out;
    }

private:
    Findings findings_;
    YamlNode root_;
    const ManifestContext& context_;
    std::shared_ptr<ChannelDefaults> defaults_;
};

class DocumentReader {
public:
    DocumentReader(
        std::string_view file, YamlDocument document, const ManifestContext& context,
        const DefaultsPtr& defaults
    )
        : findings_(std::string(file)),
          root_(std::move(document.root)),
          context_(context),
          defaults_(defaults),
          held_back_(defaults && defaults->broken) {
        findings_.add(std::move(document.problems));
        manifest_.place = {std::string(file), root_.at.line, root_.at.column};
        if (!defaults_ || held_back_ || root_.kind != YamlNode::Kind::mapping) return;
        findings_.set_files(defaults_->files);
        manifest_.inherited = inherit(root_, *defaults_);
    }

    DocumentReading read() && {
        DocumentReading out;
        out.keys = declared_keys(root_, context_, held_back_);
        out.held_back = held_back_;
        if (root_.kind != YamlNode::Kind::mapping) {
            refuse_shape();
        } else {
            read_top();
        }
        const bool sound = findings_.sound() && !held_back_;
        out.problems = std::move(findings_).take();
        const ChannelKey key = out.keys.empty() ? ChannelKey{} : *out.keys.begin();
        for (auto& problem : out.problems) {
            problem.key = key;
            if (problem.place.file == manifest_.place.file) continue;
            problem.wrong += ", for the channel " + quote(key.name) + " in " + manifest_.place.file;
        }
        if (sound) out.manifest = std::make_shared<const Manifest>(std::move(manifest_));
        return out;
    }

private:
    void refuse_shape() {
        if (root_.kind == YamlNode::Kind::refused) return;
        if (root_.text.starts_with("version https://git-lfs")) {
            findings_.error(
                root_.at, "", "a Git LFS pointer instead of the file",
                "fetch it with git lfs pull, or keep it out of LFS"
            );
            return;
        }
        std::string wrong(kind_of(root_));
        if (root_.kind == YamlNode::Kind::null) wrong = "is empty";
        findings_.error(
            root_.at, "", "the document " + wrong,
            "a manifest is a mapping: apiVersion, kind, metadata, spec"
        );
    }

    /// Whether the rest can be read as a channel.
    bool read_type(Fields& top) {
        const bool no_version = !top.has("apiVersion"), no_kind = !top.has("kind");
        if (no_version && no_kind && (top.has("port") || top.has("instance_ids"))) {
            top.know("apiVersion");
            top.know("kind");
            findings_.error(
                root_.at, "", "the body of a request instead of a manifest",
                "put it below spec, its name into metadata.name, and begin with apiVersion: fairway/v1 "
                "and "
                "kind: VpcChannel"
            );
            return false;
        }
        const bool version_known = top.word("apiVersion", versions, Need::required).has_value();
        const bool kind_known = top.word("kind", kinds, Need::required).has_value();
        if (version_known && kind_known) return true;
        if (version_known) return no_kind || is_near(*top.node().find("kind"), kinds);
        return no_version && kind_known;
    }

    static bool is_near(const YamlNode& node, std::span<const std::string_view> words) {
        return node.kind == YamlNode::Kind::scalar && !closest(node.text, words).empty();
    }

    void read_top() {
        Fields top(findings_, root_, "");
        if (!read_type(top)) return;
        top.know("$schema");  // lets editors of JSON files find the schema
        if (auto metadata = top.mapping("metadata", Need::required)) read_metadata(*metadata);
        if (const YamlNode* spec =
                top.find("spec", Need::required, "write the body of the create request")) {
            // What is missing may be in the defaults that cannot be read.
            manifest_.spec =
                read_spec(findings_, *spec, context_, held_back_ ? Need::optional : Need::required);
            if (!held_back_) check_spec(findings_, manifest_.spec, *spec);
            if (manifest_.spec.vpc_channel_type) manifest_.spec.type.reset();  // never sent together
        }
        if (const YamlNode* lifecycle = top.find("lifecycle")) {
            manifest_.lifecycle = read_lifecycle(findings_, *lifecycle);
        }
        top.finish(top_hints);
    }

    void read_metadata(Fields& metadata) {
        const bool under_spec = root_.find("spec") && root_.find("spec")->find("name");
        const Need need = under_spec ? Need::optional : Need::required;  // that is told there
        manifest_.key.name = metadata.text("name", rules::channel_name, need).value_or("");
        find_project(metadata);
        manifest_.labels = read_strings(metadata, "labels", rules::label_key, rules::label_value);
        manifest_.annotations =
            read_strings(metadata, "annotations", rules::label_key, rules::annotation_value);
        metadata.finish(metadata_hints);
    }

    void find_project(Fields& metadata) {
        manifest_.key.project = context_.default_project();
        if (!metadata.has("project") && manifest_.key.project.empty() && !held_back_) {
            const std::vector<std::string_view> known(
                context_.projects.begin(), context_.projects.end()
            );
            findings_.error(
                metadata.node().at, metadata.path("project"), "is missing, and there are several",
                "write " + either(known)
            );
        }
        if (auto project = read_project(metadata, context_)) manifest_.key.project = *std::move(project);
    }

    Findings findings_;
    YamlNode root_;
    const ManifestContext& context_;
    const DefaultsPtr& defaults_;
    const bool held_back_;  ///< the defaults are broken: the channel is not known
    Manifest manifest_;
};

}  // namespace

DocumentReading read_document(
    std::string_view file, YamlDocument document, const ManifestContext& context,
    const DefaultsPtr& defaults
) {
    if (is_foreign(document.root)) {
        DocumentReading out;
        out.ours = false;
        return out;
    }
    if (is_defaults(document.root)) return DefaultsReader(file, std::move(document), context).read();
    return DocumentReader(file, std::move(document), context, defaults).read();
}

DocumentReading identify_document(
    std::string_view file, YamlDocument document, const ManifestContext& context,
    const DefaultsPtr& defaults
) {
    DocumentReading out;
    out.ours = !is_foreign(document.root);
    if (!out.ours) return out;
    if (is_defaults(document.root)) {
        out.defaults = defaults_at(file, document.root);
        return out;
    }
    const bool unsure = defaults && defaults->broken;
    if (defaults && !unsure) inherit(document.root, *defaults);
    out.keys = declared_keys(document.root, context, unsure);
    return out;
}

}  // namespace fairway
