#include "controller/report/phrases.hpp"

#include <algorithm>
#include <array>

#include "controller/report/plain_text.hpp"

namespace fairway {
namespace {

void add(std::string& sentence, std::size_t count, const char* what) {
    if (count == 0) return;
    if (!sentence.empty()) sentence += ", ";
    sentence += std::to_string(count) + " " + what;
}

}  // namespace

std::string plural(std::size_t count, const char* what) {
    return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

std::string shown_value(const std::string& text) {
    return text.empty() ? "(none)" : plain(text);
}

std::string places_of(const ReportedField& field, std::size_t wanted) {
    const bool named = field.path == "/instance_ids";  // the change itself tells it
    if (named || field.instances.empty() || field.instances.size() >= wanted) return {};
    std::string text = ", on";
    for (const InstanceId& instance : field.instances) text += " " + instance;
    return text;
}

std::vector<std::string> defaults_of(const ReportedChange& change) {
    std::vector<std::string> lines;
    if (change.action != ChangeAction::create && change.action != ChangeAction::replace) return lines;
    for (const InheritedField& field : change.defaults)
        lines.push_back(field.path + " from " + told(field));
    return lines;
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

}  // namespace fairway
