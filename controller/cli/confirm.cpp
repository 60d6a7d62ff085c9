#include "controller/cli/confirm.hpp"

#include <unistd.h>

#include <iostream>

#include "controller/cli/setup.hpp"

namespace fairway {

bool agrees(const std::string& question) {
    std::cerr << question << " Only \"yes\" goes ahead: ";
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "yes";
}

void confirm(bool yes, const std::string& question) {
    if (yes) return;
    if (isatty(STDIN_FILENO) != 1) {
        throw CannotStart(
            ExitCode::refused,
            "not confirmed, so nothing was done; there is no terminal to ask at: to go ahead, add --yes"
        );
    }
    std::cout.flush();
    if (!agrees(question)) throw CannotStart(ExitCode::refused, "not confirmed, so nothing was done");
}

}  // namespace fairway
