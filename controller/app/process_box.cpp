#include "controller/app/process_box.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <csignal>
#include <optional>

namespace fairway {
namespace {

std::optional<mode_t> umask_before;

/// A standard descriptor that is closed would become the next file that is opened, such as the store,
/// and be written to. What takes its place fails as a closed one does.
void fill_standard_descriptors() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (fcntl(descriptor, F_GETFD) >= 0) continue;
        // The lowest free number is given: this one.
        if (open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0) return;
    }
}

}  // namespace

void enter_process_box() {
    fill_standard_descriptors();
    umask_before = umask(0077);
    const rlimit none{0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
    // Kept open, for a configuration may name one as /dev/fd/N.
    close_range(STDERR_FILENO + 1, UINT_MAX, CLOSE_RANGE_CLOEXEC);
    std::signal(SIGPIPE, SIG_IGN);  // a broken pipe is an error of the write, not the end of us
}

mode_t callers_umask() {
    if (umask_before) return *umask_before;
    const mode_t now = umask(0077);  // there is no way to ask without setting it
    umask(now);
    return now;
}

}  // namespace fairway
