#include "manifests/channel_defaults.hpp"

#include <algorithm>
#include <array>

#include "manifests/digest.hpp"
#include "manifests/text.hpp"

namespace fairway {
namespace {

YamlNode* find(YamlNode& node, std::string_view key) {
    for (auto& entry : node.entries) {
        if (entry.key == key) return &entry.value;
    }
    return nullptr;
}

/// The mapping below `key`, made where it is missing; null where something else stands there.
YamlNode* section(YamlNode& node, std::string_view key) {
    if (YamlNode* found = find(node, key))
        return found->kind == YamlNode::Kind::mapping ? found : nullptr;
    YamlEntry entry;
    entry.key = key;
    entry.key_at = node.at;
    entry.value.kind = YamlNode::Kind::mapping;
    entry.value.at = node.at;
    node.entries.push_back(std::move(entry));
    return &node.entries.back().value;
}

class Inheritance {
public:
    explicit Inheritance(const DefaultsInForce& defaults) : defaults_(defaults) {}

    std::vector<InheritedField> run(YamlNode& document) && {
        take_fields(document, "spec");
        take_fields(document, "lifecycle");
        if (const YamlNode* metadata = defaults_.root.find("metadata")) {
            if (YamlNode* own = section(document, "metadata")) take_metadata(*own, *metadata);
        }
        std::sort(taken_.begin(), taken_.end(), [](const auto& a, const auto& b) {
            return a.path < b.path;
        });
        return std::move(taken_);
    }

private:
    void take_fields(YamlNode& document, std::string_view key) {
        const YamlNode* fields = defaults_.root.find(key);
        if (!fields || fields->entries.empty()) return;
        YamlNode* own = section(document, key);
        if (!own) return;
        for (const auto& entry : fields->entries) take(*own, entry, std::string(key));
    }

    void take_metadata(YamlNode& own, const YamlNode& metadata) {
        for (const auto& entry : metadata.entries) {
            if (entry.value.kind != YamlNode::Kind::mapping) {
                take(own, entry, "metadata");
            } else if (YamlNode* map = section(own, entry.key)) {
                for (const auto& item : entry.value.entries) take(*map, item, "metadata." + entry.key);
            }
        }
    }

    void take(YamlNode& own, const YamlEntry& entry, const std::string& path) {
        if (own.find(entry.key)) return;
        own.entries.push_back(entry);
        const auto file = static_cast<std::size_t>(entry.key_at.file);
        taken_.push_back({join_path(path, entry.key), defaults_.files.at(file - 1), entry.key_at.line});
    }

    const DefaultsInForce& defaults_;
    std::vector<InheritedField> taken_;
};

void set_file(YamlNode& node, int file) {
    node.at.file = file;
    for (auto& item : node.items) set_file(item, file);
    for (auto& entry : node.entries) {
        entry.key_at.file = file;
        set_file(entry.value, file);
    }
}

}  // namespace

bool is_defaults_kind(std::string_view kind) {
    constexpr std::array<std::string_view, 2> kinds{"VpcChannel", "ChannelDefaults"};
    return lower_case(kind) == "channeldefaults" || closest(kind, kinds) == kinds[1];
}

std::vector<InheritedField> inherit(YamlNode& document, const DefaultsInForce& defaults) {
    return Inheritance(defaults).run(document);
}

DefaultsPtr put_in_force(
    const std::vector<std::shared_ptr<const ChannelDefaults>>& documents, const DefaultsPtr& above
) {
    auto out = std::make_shared<DefaultsInForce>();
    DigestOfParts print;
    if (above) {
        print.add(above->print);
        out->broken = above->broken;
        out->files = above->files;
    }
    for (const auto& document : documents) {
        print.add(document->place.file);
        print.add(std::to_string(document->place.line));
        print.add(document->sound ? document->print : "broken");
        if (!out->broken && (!document->sound || documents.size() > 1)) out->broken = document->place;
    }
    out->print = print.hex();
    if (out->broken) return out;
    const ChannelDefaults& nearest = *documents.front();
    out->files.push_back(std::make_shared<const std::string>(nearest.place.file));
    out->root = nearest.root;
    set_file(out->root, static_cast<int>(out->files.size()));
    if (above) inherit(out->root, *above);
    return out;
}

std::string_view directory_of(std::string_view path) {
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos) return {};
    return path.substr(0, slash == 0 ? 1 : slash);
}

}  // namespace fairway
