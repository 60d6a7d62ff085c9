#include "controller/cli/progress.hpp"

#include <algorithm>
#include <iostream>

#include "controller/report/plain_text.hpp"

namespace fairway {
namespace {

constexpr std::size_t bar_width = 30;

std::string line_of(const ChannelKey& key, const PassReport& report) {
    std::string line = key.project + "/" + key.name + ": ";
    if (report.error) {
        line += "failed: " + report.error->what();
    } else if (!report.why.empty()) {
        line += report.why;
    } else {
        for (const ChangeKind kind : report.done) line += std::string(to_string(kind)) + "d, ";
        line += "in sync";
    }
    return plain(line);
}

}  // namespace

void Progress::tell(const ChannelKey& key, const PassReport& report) {
    const bool over = report.state == ChannelState::in_sync || report.result == PassResult::changed;
    if (over) done_.insert(key);
    if (terminal_ && over && !report.error) return draw(plain(key.project + "/" + key.name));
    clear();
    std::cerr << line_of(key, report) << "\n";
    if (terminal_) draw("");
}

void Progress::draw(const std::string& now) const {
    const std::size_t total = std::max(expected_, done_.size());
    const std::size_t filled = total == 0 ? 0 : done_.size() * bar_width / total;
    std::cerr << "\r\x1b[K[" << std::string(filled, '#') << std::string(bar_width - filled, '.') << "] "
              << done_.size() << "/" << total << " " << now << std::flush;
}

void Progress::clear() {
    if (terminal_) std::cerr << "\r\x1b[K" << std::flush;
}

}  // namespace fairway
