#include "controller/report/phrases.hpp"
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

/// Elements of lists, and parts as a whole, come and go; everything else changes its value.
bool comes_or_goes(const ReportedField& field) {
    const std::string& what = field.after.empty() ? field.before : field.after;
    return field.before.empty() != field.after.empty() &&
           (what == "member" || what == "group" || what == "health check" || what == "microservice" ||
            field.path == "/instance_ids");
}

std::string change_of(const ReportedField& field) {
    if (!comes_or_goes(field))
        return "  " + plain(field.path) + ": " + shown_value(field.before) + " -> " +
               shown_value(field.after);
    const bool comes = field.before.empty();
    std::string text = comes ? "+ " : "- ";
    text += plain(field.path);
    if (field.path == "/instance_ids") text += "/" + plain(comes ? field.after : field.before);
    return text;
}

std::string line_of(const ReportedField& field, std::size_t wanted) {
    const std::string from = field.from.empty() ? "" : "; from " + plain(field.from);
    return change_of(field) + "  (" + field.reason + plain(places_of(field, wanted)) + from + ")";
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
        for (const std::string& line : defaults_of(change)) text += "    " + plain(line) + "\n";
    }
    for (const std::string& warning : report.warnings) text += "warning: " + plain(warning) + "\n";
    for (const ReportedError& error : report.errors) {
        text += (colour ? "\x1b[31merror\x1b[0m: " : "error: ") + place_of(error) + ": " +
                plain(error.message) + "\n";
    }
    return text + summary_of(report) + "\n";
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
