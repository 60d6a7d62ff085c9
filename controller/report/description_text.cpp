#include "controller/report/description.hpp"
#include "controller/report/plain_text.hpp"
#include "controller/report/state_table.hpp"
#include "controller/report/text_table.hpp"

namespace fairway {
namespace {

constexpr std::size_t value_column = 14;

void add_line(std::string& text, std::string label, const std::string& value) {
    if (!label.empty()) label += ":";
    label.resize(value_column, ' ');
    text += label + wrapped(value, value_column) + "\n";
}

std::string pairs(const std::map<std::string, std::string>& map) {
    std::string text;
    for (const auto& [key, value] : map)
        text += (text.empty() ? "" : ", ") + plain(key) + "=" + plain(value);
    return text;
}

std::string manifest_of(const ChannelDescription& channel) {
    if (channel.place.file.empty()) return channel.problem.empty() ? "(none)" : plain(channel.problem);
    std::string text = plain(channel.place.file);
    if (channel.place.line > 0) text += ":" + std::to_string(channel.place.line);
    if (!channel.problem.empty()) text += " cannot be read";
    return text;
}

std::string ownership_of(const ChannelDescription& channel, WallTime now) {
    if (!channel.phase) return "not ours";
    return "ours, " + std::string(to_string(channel.origin)) + " by us; " +
           std::string(to_string(*channel.phase)) + " for " + age(channel.phase_since, now);
}

std::string value_of(const std::string& text) {
    return text.empty() ? "(none)" : plain(text);
}

std::string state_of(const DescribedInstance& one) {
    if (!one.present) return "missing";
    if (!one.ours) return "present, not ours";
    if (!one.wanted) return "present, no longer named by the manifest";
    return "present";
}

std::string weight_of(const DescribedMember& member) {
    return std::to_string(member.weight) + (member.is_backup ? " (backup)" : "") +
           (member.available ? "" : " (off)");
}

void add_instance(std::string& text, const DescribedInstance& one, WallTime now) {
    std::string head = "  " + plain(one.instance);
    if (!one.instance_name.empty()) head += " (" + plain(one.instance_name) + ")";
    text += head + ": " + state_of(one) + "\n";
    std::vector<Cells> facts;
    if (!one.id.empty()) facts.push_back({"Id:", plain(one.id)});
    if (one.present) {
        std::string seen = age(one.seen_at, now);
        if (one.seen_at != WallTime{}) seen += " ago (" + second_of(one.seen_at) + ")";
        facts.push_back({"Seen:", seen});
        if (one.created_at != WallTime{}) facts.push_back({"Made:", second_of(one.created_at)});
        if (one.status) facts.push_back({"Status:", std::string(to_string(*one.status))});
    }
    text += table(facts, 4, text_width);
    if (!one.fields.empty()) {
        text += "    Differs (live -> manifest):\n";
        for (const FieldChange& change : one.fields) {
            text += "      " +
                    wrapped(
                        plain(change.field.path) + ": " + value_of(change.field.before) + " -> " +
                            value_of(change.field.after) + "  (" +
                            std::string(to_string(change.reason)) + ")",
                        6
                    ) +
                    "\n";
        }
    }
    if (!one.present) return;
    if (!one.members_known) {
        text += "    Members: not known; the list did not tell them\n";
        return;
    }
    if (one.members.empty()) {
        text += "    Members: none\n";
        return;
    }
    std::vector<Cells> lines{{"MEMBER", "WEIGHT", "HEALTH", "GROUP"}};
    for (const DescribedMember& member : one.members) {
        lines.push_back(
            {plain(member.address), weight_of(member), std::string(to_string(member.health)),
             plain(member.group)}
        );
    }
    text += table(lines, 4);
}

/// A revision is a digest or a commit: its beginning tells one from another. What follows it is for
/// people.
std::string short_revision(const std::string& revision) {
    const auto [id, change] = split_revision(revision);
    std::string text = plain(id.substr(0, 12));
    if (!change.empty()) text += " (" + plain(change) + ")";
    return text;
}

void add_attempt(std::string& text, const HistoryEntry& entry) {
    std::string head = second_of(entry.at) + "  " + plain(entry.action) + "  " + plain(entry.result);
    if (!entry.revision.empty()) head += "  revision " + short_revision(entry.revision);
    if (!entry.request_id.empty()) head += "  request " + plain(entry.request_id);
    text += "  " + head + "\n";
    if (!entry.detail.empty()) text += "      " + wrapped(plain(entry.detail), 6) + "\n";
}

}  // namespace

std::string description_text(const ChannelDescription& channel, WallTime now) {
    std::string text;
    add_line(text, "Name", plain(channel.key.name));
    add_line(text, "Project", plain(channel.key.project));
    add_line(text, "Manifest", manifest_of(channel));
    add_line(text, "Labels", channel.labels.empty() ? "(none)" : pairs(channel.labels));
    if (!channel.annotations.empty()) add_line(text, "Annotations", pairs(channel.annotations));
    std::string label = "Defaults";
    for (const InheritedField& field : channel.inherited) {
        add_line(text, label, plain(field.path + " from " + told(field)));
        label = "";
    }
    if (channel.deletion) add_line(text, "Deletion", std::string(to_string(*channel.deletion)));
    add_line(text, "Ownership", ownership_of(channel, now));
    text += "Conditions:\n";
    std::vector<Cells> lines{{"TYPE", "STATUS", "REASON"}};
    for (const Condition& condition : channel.conditions) {
        lines.push_back({condition.type, condition.status ? "true" : "false", plain(condition.reason)});
    }
    text += table(lines, 2, text_width);
    text += channel.instances.empty() ? "Instances: none\n" : "Instances:\n";
    for (const DescribedInstance& one : channel.instances) add_instance(text, one, now);
    text += channel.attempts.empty() ? "Attempts: none\n" : "Attempts (the newest first):\n";
    for (const HistoryEntry& entry : channel.attempts) add_attempt(text, entry);
    return text;
}

}  // namespace fairway
