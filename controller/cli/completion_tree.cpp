#include "controller/cli/completion_tree.hpp"

#include <string_view>

#include "controller/cli/words.hpp"

namespace fairway {
namespace {

std::vector<std::string> words_of(CLI::Option& option) {
    std::vector<std::string> words;
    for (int index = 0;; ++index) {
        std::string_view name;
        try {
            name = option.get_validator(index)->get_name();
        } catch (const CLI::OptionNotFound&) {  // the only way to learn how many there are
            return words;
        }
        if (!name.starts_with(words_mark)) continue;
        name.remove_prefix(words_mark.size());
        for (std::size_t end = 0; end != std::string_view::npos; name.remove_prefix(end + 1)) {
            end = name.find('|');
            words.emplace_back(name.substr(0, end));
            if (end == std::string_view::npos) return words;
        }
    }
}

CompletedOption read_option(CLI::Option& option) {
    using Takes = CompletedOption::Takes;
    CompletedOption out;
    out.short_names = option.get_snames();
    out.long_names = option.get_lnames();
    out.about = option.get_description();
    if (option.get_items_expected_max() == 0) return out;
    out.value = option.get_type_name();
    out.words = words_of(option);
    out.repeats = option.get_items_expected_max() > 1;
    out.takes = Takes::anything;
    if (out.value == "FILE" || out.value == "PATH") out.takes = Takes::file;
    if (out.value == "DIR") out.takes = Takes::folder;
    if (!out.words.empty()) out.takes = Takes::words;
    return out;
}

}  // namespace

std::vector<std::string> CompletedOption::flags() const {
    std::vector<std::string> all;
    for (const std::string& name : short_names) all.push_back("-" + name);
    for (const std::string& name : long_names) all.push_back("--" + name);
    return all;
}

CompletedCommand completion_tree(CLI::App& app) {
    CompletedCommand command;
    command.name = app.get_name();
    command.about = app.get_description();
    for (CLI::Option* option : app.get_options([](CLI::Option*) { return true; })) {
        auto& list = option->nonpositional() ? command.options : command.positionals;
        list.push_back(read_option(*option));
    }
    for (CLI::App* sub : app.get_subcommands([](CLI::App*) { return true; })) {
        command.commands.push_back(completion_tree(*sub));
    }
    return command;
}

}  // namespace fairway
