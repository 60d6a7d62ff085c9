#include "controller/app/config/config_network.hpp"
#include "controller/app/config/config_settings.hpp"
#include "controller/report/plain_text.hpp"
#include "manifests/write/yaml_text.hpp"

namespace fairway {
namespace {

using Kind = SettingNode::Kind;

bool is_empty(const SettingNode& node) {
    return node.entries.empty() && node.items.empty();
}

/// `{env: NAME}`, `{file: PATH}` or `{credential: NAME}` and nothing else.
bool is_reference(const SettingNode& node) {
    if (node.kind != Kind::mapping || node.entries.size() != 1) return false;
    const std::string& key = node.entries.front().key;
    return key == "env" || key == "file" || key == "credential";
}

class Writer {
public:
    explicit Writer(std::string file) : file_(std::move(file)) {}

    /// The entries of a mapping, each on a line of its own; `first` is what stands before the first one.
    void put_entries(const SettingNode& node, const std::string& indent, std::string first) {
        for (const auto& [key, value] : node.entries) {
            out_ += first + yaml_text(key) + ':';
            first = indent;
            put_value(value, indent);
        }
    }
    std::string take() { return std::move(out_); }

private:
    void put_value(const SettingNode& node, const std::string& indent) {
        if (node.kind == Kind::value || is_empty(node) || is_reference(node)) {
            out_ += ' ';
            put_scalar(node);
        } else if (node.kind == Kind::mapping) {
            out_ += '\n';
            put_entries(node, indent + "  ", indent + "  ");
        } else {
            out_ += '\n';
            for (const SettingNode& item : node.items) put_item(item, indent + "  ");
        }
    }

    void put_item(const SettingNode& item, const std::string& indent) {
        if (item.kind == Kind::mapping && !is_empty(item) && !is_reference(item)) {
            put_entries(item, indent + "  ", indent + "- ");
        } else {
            out_ += indent + "- ";
            put_scalar(item);
        }
    }

    void put_scalar(const SettingNode& node) {
        if (node.kind == Kind::value) {
            out_ += node.literal ? node.value : yaml_text(node.value);
        } else if (is_empty(node)) {
            out_ += node.kind == Kind::list ? "[]" : "{}";
        } else {
            const auto& [key, value] = node.entries.front();
            out_ += '{' + key + ": " + yaml_text(value.value) + '}';
        }
        out_ += "  # " + plain(node.origin.text(file_)) + '\n';
    }

    const std::string file_;
    std::string out_;
};

}  // namespace

std::string settings_yaml(
    const SettingNode& root, const ConfigResult& loaded, const std::string& file,
    const std::string& file_given_by
) {
    std::string head = "# " + plain(file) + " (" + file_given_by + ")\n";
    if (const auto& found = loaded.environment_proxy; found && !found->proxy.user.empty()) {
        head += "# A proxy with a password, " + plain(found->proxy.url()) +
                ", comes from the environment variable " + found->variable + " and stays there.\n";
    }
    Writer writer(file);
    writer.put_entries(root, "", "");
    return head + writer.take();
}

}  // namespace fairway
