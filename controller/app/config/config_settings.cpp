#include "controller/app/config/config_settings.hpp"

#include <algorithm>
#include <charconv>

#include "controller/app/config/config_files.hpp"
#include "controller/app/config/config_keys.hpp"
#include "controller/app/config/config_network.hpp"
#include "controller/app/config/config_projects.hpp"
#include "manifests/yaml_scalar.hpp"

namespace fairway {
namespace {

using Kind = SettingNode::Kind;
using From = SettingOrigin::Kind;

/// Whether a plain scalar is a number or a truth value; `text` becomes the form that JSON has for it.
bool make_literal(std::string& text) {
    switch (scalar_type(text)) {
        case ScalarType::boolean:
            text = text.front() == 't' || text.front() == 'T' ? "true" : "false";
            return true;
        case ScalarType::integer:
            text = std::to_string(integer_value(text));
            return true;
        case ScalarType::real: {
            double number = 0;
            std::from_chars(text.data(), text.data() + text.size(), number);
            char shown[32];
            text.assign(shown, std::to_chars(shown, shown + sizeof shown, number).ptr);
            return true;
        }
        default:
            return false;
    }
}

SettingNode usual_value(const ConfigKey& key) {
    SettingNode out;
    out.value = key.usual;
    if (key.kind == ConfigKey::Kind::list) out.kind = Kind::list;
    if (key.kind == ConfigKey::Kind::value) out.literal = make_literal(out.value);
    return out;
}

class Shower {
public:
    Shower(const ConfigResult& loaded, bool defaults) : loaded_(loaded), defaults_(defaults) {}

    SettingNode root() {
        SettingNode out = mapping(&loaded_.root, "", nullptr);
        add_environment_proxy(out);
        return out;
    }

private:
    /// `path` is the one of the table; `around` the mapping that this one stands in.
    SettingNode mapping(const YamlNode* node, const std::string& path, const YamlNode* around) {
        SettingNode out;
        out.kind = Kind::mapping;
        if (node) out.origin = {From::file, node->at.line, node->at.column, {}};
        for (const ConfigKey& key : config_keys()) {
            std::string name(name_below(path, key.path));
            if (name.empty()) continue;
            if (const YamlNode* given = node ? node->find(name) : nullptr) {
                out.entries.push_back({name, given_value(*given, std::string(key.path), node)});
            } else if (defaults_) {
                add_usual(out, key, std::move(name), node, around);
            }
        }
        // What the table does not have is shown all the same.
        for (std::size_t i = 0; node && i < node->entries.size(); ++i) {
            const YamlEntry& entry = node->entries[i];
            const std::string inner = path.empty() ? entry.key : path + '.' + entry.key;
            if (find_config_key(inner)) continue;
            out.entries.push_back({entry.key, given_value(entry.value, inner, node)});
        }
        return out;
    }

    void add_usual(
        SettingNode& out, const ConfigKey& key, std::string name, const YamlNode* node,
        const YamlNode* around
    ) {
        if (key.kind == ConfigKey::Kind::section) {
            out.entries.push_back({std::move(name), mapping(nullptr, std::string(key.path), node)});
            return;
        }
        const bool iam = name == "iam_endpoint";
        const YamlNode* region = node ? node->find("region") : nullptr;
        if ((iam || name == "endpoint") && region) {
            SettingNode value;
            value.value = usual_endpoint(iam ? "iam" : "roma", region->text);
            value.origin = {From::derived, 0, 0, "region"};
            out.entries.push_back({std::move(name), std::move(value)});
            return;
        }
        // An agency's duration is for temporary keys: with a user it must not be written.
        const bool of_agency = key.path.ends_with("agency.duration");
        if (key.usual.empty() || (of_agency && !(around && around->find("access_key")))) return;
        out.entries.push_back({std::move(name), usual_value(key)});
    }

    SettingNode given_value(const YamlNode& node, const std::string& path, const YamlNode* around) {
        SettingNode out;
        out.origin = {From::file, node.at.line, node.at.column, {}};
        switch (node.kind) {
            case YamlNode::Kind::mapping:
                return mapping(&node, path, around);
            case YamlNode::Kind::sequence:
                out.kind = Kind::list;
                for (const YamlNode& item : node.items)
                    out.items.push_back(given_value(item, path + "[]", &node));
                return out;
            default:
                break;
        }
        out.value = node.text;
        const ConfigKey* key = find_config_key(path);
        const bool of_secret = path.ends_with(".file");
        if (of_secret || (key && key->kind == ConfigKey::Kind::path)) {
            out.value = resolve_path(loaded_.folder, node.text);
        } else if (!node.quoted) {
            out.literal = make_literal(out.value);
        }
        return out;
    }

    /// The last part of `key` where it stands in the mapping at `path`; else nothing.
    static std::string_view name_below(const std::string& path, std::string_view key) {
        if (!path.empty()) {
            if (!key.starts_with(path) || key.size() <= path.size() || key[path.size()] != '.')
                return {};
            key.remove_prefix(path.size() + 1);
        }
        return key.find_first_of(".[") == std::string_view::npos ? key : std::string_view();
    }

    /// One with a password cannot be told in a configuration: the password has no place of its own.
    void add_environment_proxy(SettingNode& root) {
        const auto& found = loaded_.environment_proxy;
        if (!found || !found->proxy.user.empty()) return;
        const SettingOrigin origin{From::environment, 0, 0, found->variable};
        const auto value = [&](std::string text) {
            SettingNode node;
            node.value = std::move(text);
            node.origin = origin;
            return node;
        };
        SettingNode proxy, except;
        proxy.kind = Kind::mapping;
        except.kind = Kind::list;
        proxy.origin = except.origin = origin;
        proxy.entries.push_back({"url", value(found->proxy.url())});
        for (const std::string& host : found->proxy.except) except.items.push_back(value(host));
        if (!except.items.empty()) proxy.entries.push_back({"except", std::move(except)});
        const auto after = std::find_if(root.entries.begin(), root.entries.end(), [](const auto& entry) {
            return entry.key == "projects";
        });
        root.entries.insert(
            after == root.entries.end() ? after : after + 1, SettingEntry{"proxy", std::move(proxy)}
        );
    }

    const ConfigResult& loaded_;
    const bool defaults_;
};

void flatten(const SettingNode& node, const std::string& path, std::vector<Setting>& out) {
    const bool empty = node.entries.empty() && node.items.empty();
    if (node.kind == Kind::value || empty) {
        const std::string_view nothing = node.kind == Kind::list ? "[]" : "{}";
        const bool value = node.kind == Kind::value;
        out.push_back(
            {path, value ? node.value : std::string(nothing), !value || node.literal, node.origin}
        );
    }
    for (const auto& [name, inner] : node.entries) flatten(inner, join_path(path, name), out);
    for (std::size_t i = 0; i < node.items.size(); ++i) flatten(node.items[i], join_path(path, i), out);
}

}  // namespace

SettingNode settings_of(const ConfigResult& loaded, bool defaults) {
    return Shower(loaded, defaults).root();
}

std::vector<Setting> flat(const SettingNode& root) {
    std::vector<Setting> out;
    flatten(root, "", out);
    return out;
}

}  // namespace fairway
