#include <algorithm>
#include <string_view>

#include "controller/report/phrases.hpp"
#include "controller/report/plain_text.hpp"
#include "controller/report/report.hpp"

namespace fairway {
namespace {

/// A comment on GitHub has at most 65,536 characters. What posts it may put a line of its own before.
constexpr std::size_t longest_comment = 65'000;
constexpr std::size_t longest_value = 300;
/// More fields than these are folded away.
constexpr std::size_t fields_shown = 5;

/// Text from the outside within a line of Markdown: shown as it is, whatever it holds. No mark, no HTML,
/// no link, no mention, and no way out of the cell of a table.
std::string marked(const std::string& text) {
    std::string out;
    for (const char c : plain(text)) {
        switch (c) {
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '&':
                out += "&amp;";
                break;
            case '|':  // an escaped bar is one in a table only
                out += "&#124;";
                break;
            case '@':  // a mention, or a reference: sought in the text that is left after all marks
                out += "<code>&#64;</code>";
                break;
            case '#':
                out += "<code>&#35;</code>";
                break;
            case '.':  // www. too
                out += out.ends_with('w') || out.ends_with('W') ? "&#46;" : ".";
                break;
            case ':':  // a bare address is a link too
                out += "&#58;";
                break;
            case '\\':
            case '`':
            case '*':
            case '_':
            case '~':
            case '[':
            case ']':
            case '(':
            case ')':
            case '!':
            case '+':
            case '-':
            case '$':
            case '{':
            case '}':
                out += '\\';
                out += c;
                break;
            default:
                out += c;
        }
    }
    return out;
}

/// The beginning of `text`, whole characters only, where it is long.
std::string shortened(const std::string& text) {
    if (text.size() <= longest_value) return text;
    std::size_t end = longest_value;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) --end;
    return text.substr(0, end) + "...";
}

std::string told(const std::string& text) {
    return marked(shortened(text));
}

/// One thing to say: its line, and what may be left out where there is no room.
struct Entry {
    std::string line, details;
    bool fits = false, detailed = false;
};

bool deletes(const ReportedChange& change) {
    return change.action == ChangeAction::delete_ || change.action == ChangeAction::replace;
}

std::string table_of(const ReportedChange& change) {
    if (change.fields.empty()) return {};
    std::string text = "\n  | field | before | after | why |\n  | --- | --- | --- | --- |\n";
    for (const ReportedField& field : change.fields) {
        text += "  | " + told(field.path) + " | " + told(shown_value(field.before)) + " | " +
                told(shown_value(field.after)) + " | " + told(field.reason);
        text += told(places_of(field, change.instances.size()));
        if (!field.from.empty()) text += told("; from " + field.from);
        text += " |\n";
    }
    if (change.fields.size() <= fields_shown) return text;
    return "\n  <details><summary>" + plural(change.fields.size(), "field") + "</summary>\n" + text +
           "\n  </details>\n";
}

Entry entry_of(const ReportedChange& change) {
    Entry entry;
    entry.line = "- **" + std::string(to_string(change.action)) + "** " + told(change.key.project) +
                 "/" + told(change.key.name);
    if (deletes(change) || change.action == ChangeAction::create) {
        entry.line += " on " + plural(change.instances.size(), "instance");
    }
    if (change.outcome == ChangeOutcome::failed) entry.line += " (failed)";
    if (!change.why.empty()) entry.line += ": " + told(change.why);
    entry.line += "\n";
    for (const std::string& line : defaults_of(change)) entry.details += "  - " + told(line) + "\n";
    entry.details += table_of(change);
    return entry;
}

Entry line_of(const std::string& line) {
    Entry entry;
    entry.line = line;
    return entry;
}

/// What is said, in its order: deletions and errors first, for nobody must miss them.
std::vector<Entry> entries_of(const Report& report) {
    std::vector<Entry> entries;
    const auto losses =
        static_cast<std::size_t>(std::count_if(report.changes.begin(), report.changes.end(), deletes));
    if (losses > 0) {
        entries.push_back(
            line_of("> [!CAUTION]\n> **" + plural(losses, "channel") + " to delete, or to make anew**\n")
        );
    }
    const auto add_changes = [&](bool losing) {
        for (const ReportedChange& change : report.changes) {
            if (deletes(change) == losing) entries.push_back(entry_of(change));
        }
    };
    add_changes(true);
    for (const ReportedError& error : report.errors) {
        entries.push_back(
            line_of("> **error** " + told(place_of(error)) + ": " + told(error.message) + "\n")
        );
    }
    add_changes(false);
    for (const std::string& warning : report.warnings) {
        entries.push_back(line_of("> warning: " + told(warning) + "\n"));
    }
    return entries;
}

/// Lets each line in that there is room for, in their order, and then the details likewise.
std::size_t choose(std::vector<Entry>& entries, std::size_t room) {
    std::size_t left_out = 0;
    for (Entry& entry : entries) {
        // Once something is left out, so is all that comes after: nothing is missing amid the rest.
        entry.fits = left_out == 0 && entry.line.size() + 1 <= room;
        if (entry.fits) room -= entry.line.size() + 1;
        if (!entry.fits) ++left_out;
    }
    for (Entry& entry : entries) {
        entry.detailed = entry.fits && entry.details.size() <= room;
        if (entry.detailed) room -= entry.details.size();
    }
    return left_out;
}

std::string notice_of(const std::vector<Entry>& entries, std::size_t left_out) {
    const auto bare =
        static_cast<std::size_t>(std::count_if(entries.begin(), entries.end(), [](const Entry& entry) {
            return entry.fits && !entry.detailed && !entry.details.empty();
        }));
    if (left_out == 0 && bare == 0) return {};
    std::string text = "\n> [!WARNING]\n> **Cut to the length of a comment:** ";
    if (bare > 0) text += "the fields of " + plural(bare, "channel");
    if (bare > 0 && left_out > 0) text += ", and ";
    if (left_out > 0)
        text += (left_out == 1 ? "1 whole entry" : std::to_string(left_out) + " whole entries");
    return text + " left out. `fairway plan` shows all.\n";
}

}  // namespace

std::string to_markdown(const Report& report) {
    constexpr std::size_t for_the_notice = 300;
    std::string text = "### Fairway: " + summary_of(report) + "\n";
    std::vector<Entry> entries = entries_of(report);
    const std::size_t left_out = choose(entries, longest_comment - for_the_notice - text.size());
    text += notice_of(entries, left_out);
    for (const Entry& entry : entries) {
        if (!entry.fits) break;
        text += "\n" + entry.line;
        if (entry.detailed) text += entry.details;
    }
    return text;
}

}  // namespace fairway
