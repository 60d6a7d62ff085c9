#include "controller/cli/confirm.hpp"

#include <unistd.h>

#include <array>
#include <csignal>
#include <iostream>

#include "controller/cli/setup.hpp"

namespace fairway {

namespace {

/// Lets Ctrl-C end the process for as long as it lives: a loop that hears signals does not turn while
/// somebody thinks about a question, and nothing is in flight that would have to be finished.
class InterruptsEnd {
public:
    InterruptsEnd() {
        struct sigaction end {};
        end.sa_handler = SIG_DFL;
        for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &end, &before_[i]);
    }
    ~InterruptsEnd() {
        for (std::size_t i = 0; i < signals.size(); ++i) sigaction(signals[i], &before_[i], nullptr);
    }
    InterruptsEnd(const InterruptsEnd&) = delete;
    InterruptsEnd& operator=(const InterruptsEnd&) = delete;

private:
    static constexpr std::array<int, 2> signals{SIGINT, SIGTERM};
    std::array<struct sigaction, signals.size()> before_{};
};

}  // namespace

bool agrees(const std::string& question) {
    const InterruptsEnd while_asking;
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
