#include "controller/cli/completion.hpp"

#include <algorithm>
#include <string_view>

#include "controller/cli/completion_tree.hpp"

namespace fairway {
namespace {

using Takes = CompletedOption::Takes;

std::string joined(const std::vector<std::string>& parts, std::string_view between = " ") {
    std::string text;
    for (const std::string& part : parts) {
        if (&part != &parts.front()) text += between;
        text += part;
    }
    return text;
}

std::string escaped(std::string_view text, std::string_view special) {
    std::string out;
    for (const char c : text) {
        if (special.find(c) != std::string_view::npos) out += '\\';
        out += c;
    }
    return out;
}

/// In single quotes, for bash and zsh.
std::string in_quotes(std::string_view text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') {
            out += "'\\''";
        } else {
            out += c;
        }
    }
    return out + "'";
}

std::vector<std::string> names_of(const std::vector<CompletedCommand>& commands) {
    std::vector<std::string> names;
    for (const CompletedCommand& command : commands) names.push_back(command.name);
    return names;
}

std::vector<std::string> flags_of(const CompletedCommand& command) {
    std::vector<std::string> flags;
    for (const CompletedOption& option : command.options) {
        for (std::string& flag : option.flags()) flags.push_back(std::move(flag));
    }
    return flags;
}

std::vector<std::string> words_of(const CompletedCommand& command) {
    std::vector<std::string> words = names_of(command.commands);
    for (const CompletedOption& positional : command.positionals) {
        words.insert(words.end(), positional.words.begin(), positional.words.end());
    }
    return words;
}

// ---- bash

/// A pattern of `case` for each flag of `option` that is followed by a value.
std::string bash_patterns(const std::string& command, const CompletedOption& option) {
    std::vector<std::string> patterns;
    for (const std::string& flag : option.flags()) patterns.push_back(in_quotes(command + " " + flag));
    return joined(patterns, " | ");
}

std::string bash_values(const CompletedOption& option) {
    switch (option.takes) {
        case Takes::words:
            return "COMPREPLY=($(compgen -W " + in_quotes(joined(option.words)) + " -- \"$cur\"))";
        case Takes::file:
            return "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")";
        case Takes::folder:
            return "compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\")";
        default:
            return "COMPREPLY=()";
    }
}

std::string bash_case(const std::string& name, const CompletedCommand& command) {
    std::string text;
    for (const CompletedOption& option : command.options) {
        if (option.takes == Takes::nothing) continue;
        text += "        " + bash_patterns(name, option) + ") " + bash_values(option) + "; return ;;\n";
    }
    return text;
}

std::string bash_words(const std::string& name, const CompletedCommand& command) {
    const bool files = std::any_of(
        command.positionals.begin(), command.positionals.end(),
        [](const CompletedOption& positional) { return positional.takes == Takes::file; }
    );
    return "        " + in_quotes(name) + ") flags=" + in_quotes(joined(flags_of(command))) +
           " words=" + in_quotes(joined(words_of(command))) + (files ? " files=1" : "") + " ;;\n";
}

std::string bash_script(const CompletedCommand& app) {
    const std::string function = "_" + app.name;
    std::vector<std::string> with_value;
    for (const CompletedOption& option : app.options) {
        if (option.takes == Takes::nothing) continue;
        for (const std::string& flag : option.flags()) with_value.push_back(flag);
    }
    std::string text = "# bash completion for " + app.name + ". To use it now:  source <(" + app.name +
                       " completion bash)\n" + function + "() {\n";
    text +=
        "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command= flags= "
        "words= files= i\n"
        "    COMPREPLY=()\n"
        "    # --option=value comes as three words\n"
        "    if [[ $cur == '=' ]]; then cur=; elif [[ $prev == '=' ]]; then "
        "prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
        "    for ((i = 1; i < COMP_CWORD; ++i)); do\n"
        "        case ${COMP_WORDS[i]} in\n";
    if (!with_value.empty()) {
        text += "            " + joined(with_value, " | ") +
                ") if [[ ${COMP_WORDS[i+1]} == '=' ]]; then ((i += 2)); else ((i += 1)); fi ;;\n";
    }
    text +=
        "            -*) ;;\n"
        "            *) command=${COMP_WORDS[i]}; break ;;\n"
        "        esac\n"
        "    done\n"
        "    case \"$command $prev\" in\n";
    text += bash_case("", app);
    for (const CompletedCommand& command : app.commands) text += bash_case(command.name, command);
    text += "    esac\n    case $command in\n" + bash_words("", app);
    for (const CompletedCommand& command : app.commands) text += bash_words(command.name, command);
    text +=
        "    esac\n"
        "    if [[ -n $files && $cur != -* ]]; then\n"
        "        compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\"); "
        "return\n"
        "    fi\n"
        "    if [[ $cur == -* || -z $words ]]; then words=$flags; fi\n"
        "    COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n"
        "}\n";
    return text + "complete -F " + function + " " + app.name + "\n";
}

// ---- zsh

std::string zsh_values(const CompletedOption& option) {
    switch (option.takes) {
        case Takes::words:
            return "(" + joined(option.words) + ")";
        case Takes::file:
            return "_files";
        case Takes::folder:
            return "_files -/";
        default:
            return " ";
    }
}

std::vector<std::string> zsh_specs(const CompletedCommand& command) {
    std::vector<std::string> specs;
    for (const CompletedOption& option : command.options) {
        const std::vector<std::string> flags = option.flags();
        for (const std::string& flag : flags) {
            std::string spec = option.repeats ? "*" : "(" + joined(flags) + ")";
            spec += flag;
            if (option.takes != Takes::nothing) spec += flag.starts_with("--") ? "=" : "+";
            spec += "[" + escaped(option.about, "[]:\\") + "]";
            if (option.takes != Takes::nothing) {
                spec += ":" + escaped(option.value, ":\\") + ":" + zsh_values(option);
            }
            specs.push_back(in_quotes(spec));
        }
    }
    for (const CompletedOption& positional : command.positionals) {
        const std::string about = escaped(positional.about, ":\\");
        specs.push_back(
            in_quotes((positional.repeats ? "*:" : "1:") + about + ":" + zsh_values(positional))
        );
    }
    return specs;
}

std::string zsh_script(const CompletedCommand& app) {
    const std::string function = "_" + app.name;
    std::string text = "#compdef " + app.name + "\n# zsh completion. To use it now:  source <(" +
                       app.name + " completion zsh)\n" + function +
                       "() {\n"
                       "    local curcontext=$curcontext state line\n"
                       "    typeset -A opt_args\n"
                       "    local -a commands\n"
                       "    commands=(\n";
    for (const CompletedCommand& command : app.commands) {
        text += "        " + in_quotes(command.name + ":" + escaped(command.about, ":\\")) + "\n";
    }
    text += "    )\n    _arguments -C \\\n";
    for (const std::string& spec : zsh_specs(app)) text += "        " + spec + " \\\n";
    text +=
        "        '1: :->command' '*:: :->rest'\n"
        "    case $state in\n"
        "        command) _describe command commands ;;\n"
        "        rest)\n"
        "            case $words[1] in\n";
    for (const CompletedCommand& command : app.commands) {
        text += "                " + command.name + ") _arguments " +
                joined(zsh_specs(command), " \\\n                    ") + " ;;\n";
    }
    text += "            esac ;;\n    esac\n}\n";
    return text + "if [[ $funcstack[1] == " + function + " ]]; then\n    " + function +
           " \"$@\"\nelse\n    compdef " + function + " " + app.name + "\nfi\n";
}

// ---- fish

std::string fish_quoted(std::string_view text) {
    return "'" + escaped(text, "'\\") + "'";
}

std::string fish_values(const CompletedOption& option) {
    switch (option.takes) {
        case Takes::words:
            return " -x -a " + fish_quoted(joined(option.words));
        case Takes::file:
            return " -r -F";
        case Takes::folder:
            return " -x -a '(__fish_complete_directories)'";
        case Takes::anything:
            return " -x";
        case Takes::nothing:
            break;
    }
    return "";
}

std::string fish_lines(const std::string& begin, const CompletedCommand& command) {
    std::string text;
    for (const CompletedOption& option : command.options) {
        text += begin;
        for (const std::string& name : option.short_names) text += " -s " + name;
        for (const std::string& name : option.long_names) text += " -l " + name;
        text += fish_values(option) + " -d " + fish_quoted(option.about) + "\n";
    }
    for (const CompletedOption& positional : command.positionals) {
        if (positional.words.empty()) continue;
        text += begin + " -a " + fish_quoted(joined(positional.words)) + "\n";
    }
    return text;
}

std::string fish_script(const CompletedCommand& app) {
    const std::string complete = "complete -c " + app.name;
    std::string text = "# fish completion. To use it now:  " + app.name + " completion fish | source\n" +
                       complete + " -f\n";
    text += fish_lines(complete + " -n __fish_use_subcommand", app);
    for (const CompletedCommand& command : app.commands) {
        text += complete + " -n __fish_use_subcommand -a " + command.name + " -d " +
                fish_quoted(command.about) + "\n";
        text += fish_lines(
            complete + " -n " + fish_quoted("__fish_seen_subcommand_from " + command.name), command
        );
    }
    return text;
}

}  // namespace

std::string completion_script(CLI::App& app, const std::string& shell) {
    const CompletedCommand tree = completion_tree(app);
    if (shell == "zsh") return zsh_script(tree);
    if (shell == "fish") return fish_script(tree);
    return bash_script(tree);
}

}  // namespace fairway
