#include <algorithm>
#include <array>

#include "controller/report/plain_text.hpp"
#include "controller/report/report.hpp"

namespace fairway {
namespace {

struct Look {
    const char* mark;
    const char* colour;
};

Look look_of(const ReportedChange& change) {
    if (change.outcome == ChangeOutcome::failed) return {"!", "\x1b[31m"};
    switch (change.action) {
        case ChangeAction::create:
            return {"+", "\x1b[32m"};
        case ChangeAction::adopt:
            return {"=", "\x1b[36m"};
        case ChangeAction::update:
            return {"~", "\x1b[33m"};
        case ChangeAction::delete_:
            return {"-", "\x1b[31m"};
        case ChangeAction::replace:
            return {"±", "\x1b[31m"};
        case ChangeAction::release:
            return {"<", "\x1b[36m"};
        case ChangeAction::wait:
            return {".", "\x1b[2m"};
        case ChangeAction::refused:
            return {"!", "\x1b[31m"};
        case ChangeAction::left:
            return {" ", "\x1b[2m"};
    }
    return {" ", ""};
}

std::string plural(std::size_t count, const char* what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string head_of(const ReportedChange& change) {
    std::string text = plain(change.key.project) + "/" + plain(change.key.name) + "  ";
    switch (change.action) {
        case ChangeAction::create:
            text += "create on " + plural(change.instances.size(), "instance");
            break;
        case ChangeAction::adopt:
            text += "take note of it as ours";
            break;
        case ChangeAction::update:
            text += "update";
            if (!change.why.empty()) text += "; " + plain(change.why);
            break;
        case ChangeAction::delete_:
            text +=
                "delete on " + plural(change.instances.size(), "instance") + ": " + plain(change.why);
            break;
        case ChangeAction::replace:
            text += "delete on " + plural(change.instances.size(), "instance") +
                    " and make it anew: " + plain(change.why);
            break;
        case ChangeAction::release:
            text += "let go of it: " + plain(change.why);
            break;
        case ChangeAction::wait:
            text += "wait: " + plain(change.why);
            break;
        case ChangeAction::refused:
            text += "refused: " + plain(change.why);
            break;
        case ChangeAction::left:
            text += "left alone: " + plain(change.why);
            break;
    }
    return text;
}

std::string value(const std::string& text) {
    return text.empty() ? "(none)" : plain(text);
}

/// Elements of lists, and parts as a whole, come and go; everything else changes its value.
bool comes_or_goes(const ReportedField& field) {
    const std::string& what = field.after.empty() ? field.before : field.after;
    return field.before.empty() != field.after.empty() &&
           (what == "member" || what == "group" || what == "health check" || what == "microservice" ||
            field.path == "/instance_ids");
}

std::string change_of(const ReportedField& field) {
    if (!comes_or_goes(field))
        return "  " + plain(field.path) + ": " + value(field.before) + " -> " + value(field.after);
    const bool comes = field.before.empty();
    std::string text = comes ? "+ " : "- ";
    text += plain(field.path);
    if (field.path == "/instance_ids") text += "/" + plain(comes ? field.after : field.before);
    return text;
}

/// Where a field differs, where that is not everywhere.
std::string places_of(const ReportedField& field, std::size_t wanted) {
    const bool named = field.path == "/instance_ids";  // the change itself tells it
    if (named || field.instances.empty() || field.instances.size() >= wanted) return {};
    std::string text = ", on";
    for (const InstanceId& instance : field.instances) text += " " + instance;
    return text;
}

std::string line_of(const ReportedField& field, std::size_t wanted) {
    return change_of(field) + "  (" + field.reason + plain(places_of(field, wanted)) + ")";
}

std::string place_of(const ReportedError& error) {
    if (!error.place.file.empty()) {
        std::string text = plain(error.place.file);
        if (error.place.line > 0) {
            text += ":" + std::to_string(error.place.line) + ":" + std::to_string(error.place.column);
        }
        return text;
    }
    if (error.key.name.empty()) return plain(error.key.project);
    if (error.key.project.empty()) return plain(error.key.name);
    return plain(error.key.project) + "/" + plain(error.key.name);
}

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

void add(std::string& sentence, std::size_t count, const char* what) {
    if (count == 0) return;
    if (!sentence.empty()) sentence += ", ";
    sentence += std::to_string(count) + " " + what;
}

std::string summary_of(const Report& report) {
    struct Words {
        ChangeAction action;
        const char *planned, *done;
    };
    static constexpr std::array<Words, 6> acting{{
        {ChangeAction::create, "to create", "created"},
        {ChangeAction::adopt, "to adopt", "adopted"},
        {ChangeAction::update, "to update", "updated"},
        {ChangeAction::delete_, "to delete", "deleted"},
        {ChangeAction::replace, "to replace", "replaced"},
        {ChangeAction::release, "to let go", "let go"},
    }};
    const auto count = [&](ChangeAction action, ChangeOutcome outcome) {
        return static_cast<std::size_t>(std::count_if(
            report.changes.begin(), report.changes.end(),
            [&](const ReportedChange& change) {
                return change.action == action && change.outcome == outcome;
            }
        ));
    };
    std::string sentence;
    for (const Words& words : acting)
        add(sentence, count(words.action, ChangeOutcome::done), words.done);
    for (const Words& words : acting)
        add(sentence, count(words.action, ChangeOutcome::planned), words.planned);
    add(sentence, report.count(ChangeAction::wait), "uncertain");
    add(sentence, report.count(ChangeAction::refused), "refused");
    add(sentence, report.count(ChangeAction::left), "left alone");
    std::size_t failed = 0;
    for (const Words& words : acting) failed += count(words.action, ChangeOutcome::failed);
    add(sentence, failed, "failed");
    add(sentence, report.unchanged, "unchanged");
    if (sentence.empty()) sentence = "nothing declared";
    return sentence;
}

}  // namespace

std::string to_text(const Report& report, bool colour) {
    std::string text;
    for (const ReportedChange& change : report.changes) {
        const Look look = look_of(change);
        text +=
            colour ? std::string(look.colour) + look.mark + "\x1b[0m " : std::string(look.mark) + " ";
        text += head_of(change) + "\n";
        for (const ReportedField& field : change.fields) {
            text += "  " + line_of(field, change.instances.size()) + "\n";
        }
    }
    for (const std::string& warning : report.warnings) text += "warning: " + plain(warning) + "\n";
    for (const ReportedError& error : report.errors) {
        text += (colour ? "\x1b[31merror\x1b[0m: " : "error: ") + place_of(error) + ": " +
                plain(error.message) + "\n";
    }
    return text + summary_of(report) + "\n";
}

std::string to_markdown(const Report& report) {
    std::string text = "### Fairway: " + summary_of(report) + "\n";
    for (const ReportedChange& change : report.changes) {
        text += "\n- **" + std::string(to_string(change.action)) + "** " + marked(change.key.project) +
                "/" + marked(change.key.name);
        if (!change.why.empty()) text += ": " + marked(change.why);
        text += "\n";
        if (change.fields.empty()) continue;
        text += "\n  | field | before | after | why |\n  | --- | --- | --- | --- |\n";
        for (const ReportedField& field : change.fields) {
            text += "  | " + marked(field.path) + " | " + marked(value(field.before)) + " | " +
                    marked(value(field.after)) + " | " + marked(field.reason);
            text += marked(places_of(field, change.instances.size())) + " |\n";
        }
    }
    for (const std::string& warning : report.warnings) text += "\n> warning: " + marked(warning) + "\n";
    for (const ReportedError& error : report.errors) {
        text += "\n> **error** " + marked(place_of(error)) + ": " + marked(error.message) + "\n";
    }
    return text;
}

std::string to_names(const Report& report) {
    std::string text;
    for (const ReportedChange& change : report.changes) {
        if (change.action == ChangeAction::left) continue;
        text += plain(change.key.project) + "/" + plain(change.key.name) + "\n";
    }
    return text;
}

}  // namespace fairway
