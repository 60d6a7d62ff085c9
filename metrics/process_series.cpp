#include "metrics/process_series.hpp"

#include <dirent.h>
#include <sys/resource.h>
#include <unistd.h>

#include <ctime>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string_view>
#include <vector>

#include "metrics/exposition.hpp"

namespace fairway {
namespace {

std::string content(const char* path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Fields of /proc/self/stat from the third on, as proc(5) numbers them; the second, the program's name,
/// may hold anything.
std::vector<double> stat_fields() {
    const std::string line = content("/proc/self/stat");
    const auto name_end = line.rfind(')');
    std::vector<double> fields(3);  // so that indexes are those of proc(5)
    if (name_end == std::string::npos) return fields;
    std::istringstream rest(line.substr(name_end + 1));
    std::string state;
    rest >> state;
    fields.push_back(0);
    for (double number = 0; rest >> number;) fields.push_back(number);
    return fields;
}

/// From the clocks, for a service may be shown nothing of /proc but processes.
double boot_time() {
    const auto seconds_of = [](clockid_t clock) {
        timespec now{};
        clock_gettime(clock, &now);
        return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
    };
    return seconds_of(CLOCK_REALTIME) - seconds_of(CLOCK_BOOTTIME);
}

double open_descriptors() {
    DIR* folder = opendir("/proc/self/fd");
    if (folder == nullptr) return -1;
    double count = -1;  // the folder itself
    while (const dirent* entry = readdir(folder)) {
        if (entry->d_name[0] != '.') ++count;
    }
    closedir(folder);
    return count;
}

}  // namespace

void append_process_series(std::string& page) {
    constexpr std::size_t user_time = 14, system_time = 15, threads = 20, start_time = 22,
                          virtual_size = 23, resident_pages = 24;
    const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    const auto page_size = static_cast<double>(sysconf(_SC_PAGESIZE));
    const auto fields = stat_fields();
    if (fields.size() > resident_pages) {
        append_single(
            page, "process_cpu_seconds_total", (fields[user_time] + fields[system_time]) / ticks
        );
        append_single(page, "process_virtual_memory_bytes", fields[virtual_size]);
        append_single(page, "process_resident_memory_bytes", fields[resident_pages] * page_size);
        append_single(page, "process_threads", fields[threads]);
        static const double boot = boot_time();
        if (boot > 0)
            append_single(page, "process_start_time_seconds", boot + fields[start_time] / ticks);
    }
    if (const double open = open_descriptors(); open >= 0) append_single(page, "process_open_fds", open);
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        append_single(page, "process_max_fds", static_cast<double>(limit.rlim_cur));
    }
}

}  // namespace fairway
