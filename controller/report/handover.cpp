#include "controller/report/handover.hpp"

#include <algorithm>

#include "controller/report/plain_text.hpp"
#include "controller/report/text_table.hpp"

namespace fairway {
namespace {

std::string title(const ChannelKey& key) {
    return plain(key.project) + "/" + plain(key.name);
}

std::string line(const std::string& text, std::size_t indent = 0) {
    return std::string(indent, ' ') + wrapped(text, indent) + "\n";
}

std::string value_of(const std::string& text) {
    return text.empty() ? "(none)" : plain(text);
}

std::string place_of(const Manifest& manifest) {
    std::string text = plain(manifest.place.file);
    if (manifest.place.line > 0) text += ":" + std::to_string(manifest.place.line);
    return text;
}

/// A field that changes in the same way on these instances.
struct Folded {
    const FieldChange* change;
    std::vector<InstanceId> instances;
};

std::vector<Folded> fold(const std::vector<FieldChange>& changes) {
    std::vector<Folded> fields;
    for (const FieldChange& change : changes) {
        const auto same = std::find_if(fields.begin(), fields.end(), [&](const Folded& field) {
            return field.change->field == change.field;
        });
        if (same == fields.end()) {
            fields.push_back({&change, {change.instance}});
        } else {
            same->instances.push_back(change.instance);
        }
    }
    return fields;
}

std::string joined(const std::vector<InstanceId>& instances) {
    std::string text;
    for (const InstanceId& instance : instances) text += (text.empty() ? "" : ", ") + plain(instance);
    return text;
}

std::string changes_text(const Manifest& manifest, const TakeOver& answer) {
    if (answer.next.changes.empty())
        return line("It is as the manifest wants it: nothing would change.");
    std::string text = line("What the next pass would change (live -> manifest):");
    for (const Folded& field : fold(answer.next.changes)) {
        std::string one = plain(field.change->field.path) + ": " + value_of(field.change->field.before) +
                          " -> " + value_of(field.change->field.after);
        const bool everywhere = field.instances.size() == manifest.spec.instance_ids.size();
        if (!everywhere) one += "  (on " + joined(field.instances) + ")";
        text += line(one, 2);
    }
    if (const auto* stall = std::get_if<Stall>(&answer.next.action))
        text += line("But it would stall: " + plain(stall->why));
    return text;
}

}  // namespace

std::string adopt_text(const Manifest& manifest, const TakeOver& answer, bool delete_adopted) {
    std::string text = line(title(manifest.key) + " is there, and not all of it is ours:");
    std::vector<Cells> rows;
    for (const InstanceChannel* row : answer.taken) {
        rows.push_back(
            {plain(row->instance), "id " + plain(row->id),
             row->create_time ? "made " + second_of(*row->create_time) : ""}
        );
    }
    text += table(rows, 2);
    for (const InstanceChannel* row : answer.left) {
        text += line(
            "not taken over: on " + plain(row->instance) + " (id " + plain(row->id) +
                "), which the manifest does not name",
            2
        );
    }
    text += changes_text(manifest, answer);
    text += line(
        "What it means: it will be ours, and kept as " + place_of(manifest) +
        " says. Without that manifest it would be " +
        (delete_adopted ? "deleted as any other channel of ours, for reconcile.delete_adopted is on."
                        : "deleted only once reconcile.delete_adopted is on, which it is not.")
    );
    if (manifest.lifecycle.suspend)
        text +=
            line("The manifest suspends it (lifecycle.suspend): until that ends, nothing is changed.");
    return text;
}

std::string release_text(const ChannelKey& key, const Record& record, const Manifest* manifest) {
    std::string text = line(
        title(key) + " is ours (" + std::string(to_string(record.phase)) + ", " +
        std::string(to_string(record.origin)) + " by us)" + (record.ids.empty() ? "." : ", on:")
    );
    std::vector<Cells> rows;
    for (const auto& [instance, id] : record.ids) rows.push_back({plain(instance), "id " + plain(id)});
    text += table(rows, 2);
    text += line(
        "What it means: we forget it, and the channel stays as it is. It is neither changed, nor put "
        "right "
        "when it drifts, nor deleted by us any more."
    );
    if (record.phase == Phase::deleting)
        text += line("Its deletion was under way: what is still there of it stays.");
    if (manifest == nullptr) return text;
    std::string then;
    switch (manifest->lifecycle.adopt) {
        case AdoptPolicy::never:
        case AdoptPolicy::overwrite:
            then = "the next pass meets a channel that is not ours, and stalls";
            break;
        case AdoptPolicy::if_equal:
            then = "its lifecycle.adopt: if-equal takes the channel over again as long as it is equal";
            break;
    }
    return text + line(
                      place_of(*manifest) + " still declares it: " + then +
                      ". To let go of it for good, remove that manifest first."
                  );
}

std::string undelete_text(const DeletedChannel& channel, WallTime now) {
    std::string text = line(
        title(channel.key) + " was deleted by us at " + second_of(channel.at) + " (" +
        age(channel.at, now) + " ago), on:"
    );
    for (const InstanceId& instance : channel.spec.instance_ids) text += line(plain(instance), 2);
    return text +
           line(
               "What it means: it is created again as it was, with new ids; whatever referred to the "
               "old ids must be given the new ones. Restore its manifest too: until then the channel is "
               "ours, but kept as it is (lifecycle.deletion: forbid), and nobody puts it right when it "
               "drifts."
           );
}

std::string deleted_text(const std::vector<DeletedRow>& rows, WallTime now) {
    std::vector<Cells> lines{{"PROJECT", "NAME", "DELETED", "AGE", "INSTANCES", "NOW"}};
    for (const DeletedRow& row : rows) {
        lines.push_back(
            {plain(row.channel.key.project), plain(row.channel.key.name), second_of(row.channel.at),
             age(row.channel.at, now), std::to_string(row.channel.spec.instance_ids.size()),
             row.ours_again       ? "there again"
             : row.declared_again ? "declared again"
                                  : "gone"}
        );
    }
    return table(lines);
}

}  // namespace fairway
