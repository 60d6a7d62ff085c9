#include "controller/log/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/ostream_sink.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <mutex>
#include <string>
#include <utility>

#include "controller/log/log_line.hpp"

namespace fairway {
namespace {

/// spdlog's own file sinks want a name or take stdout and stderr only.
class FileSink : public spdlog::sinks::base_sink<std::mutex> {
public:
    explicit FileSink(std::FILE* out) : out_(out) {}

private:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        std::fwrite(line.data(), 1, line.size(), out_);  // a full disk must not stop the program
        std::fflush(out_);
    }
    void flush_() override { std::fflush(out_); }
    std::FILE* out_;
};

WallTime system_now() {
    return std::chrono::floor<Duration>(std::chrono::system_clock::now());
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return spdlog::level::debug;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::warn:
            return spdlog::level::warn;
        case LogLevel::error:
            return spdlog::level::err;
        case LogLevel::off:
            break;
    }
    return spdlog::level::off;
}

/// sd-daemon(3): syslog's numbers.
std::string_view priority(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return "<7>";
        case LogLevel::info:
            return "<6>";
        case LogLevel::warn:
            return "<4>";
        case LogLevel::error:
        case LogLevel::off:
            break;
    }
    return "<3>";
}

}  // namespace

struct Log::Sink {
    Sink(LogOptions given, const spdlog::sink_ptr& out)
        : options(std::move(given)), logger("fairway", out), level(options.level) {
        if (!options.now) options.now = system_now;
        logger.set_formatter(
            std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::utc, "\n")
        );
        logger.set_level(spdlog::level::trace);  // we judge the level ourselves, before any formatting
        logger.set_error_handler([](const std::string&) {});
    }
    LogOptions options;
    spdlog::logger logger;
    std::atomic<LogLevel> level;
};

std::string_view to_string(LogLevel level) {
    switch (level) {
        case LogLevel::debug:
            return "debug";
        case LogLevel::info:
            return "info";
        case LogLevel::warn:
            return "warn";
        case LogLevel::error:
            return "error";
        case LogLevel::off:
            break;
    }
    return "off";
}

std::optional<LogLevel> parse_log_level(std::string_view text) {
    for (const auto level :
         {LogLevel::debug, LogLevel::info, LogLevel::warn, LogLevel::error, LogLevel::off}) {
        if (text == to_string(level)) return level;
    }
    return std::nullopt;
}

std::optional<LogFormat> parse_log_format(std::string_view text) {
    if (text == "logfmt") return LogFormat::logfmt;
    if (text == "json") return LogFormat::json;
    return std::nullopt;
}

bool stderr_is_journal() {
    const char* stream = std::getenv("JOURNAL_STREAM");  // "device:inode", systemd.exec(5)
    struct stat status {};
    if (stream == nullptr || fstat(STDERR_FILENO, &status) != 0) return false;
    return stream == std::to_string(status.st_dev) + ':' + std::to_string(status.st_ino);
}

Log::Log(LogOptions options) : Log(std::move(options), stderr) {}
Log::Log(LogOptions options, std::FILE* out)
    : sink_(std::make_unique<Sink>(std::move(options), std::make_shared<FileSink>(out))) {}
Log::Log(LogOptions options, std::ostream& out)
    : sink_(std::make_unique<Sink>(
          std::move(options), std::make_shared<spdlog::sinks::ostream_sink_mt>(out, true)
      )) {}
Log Log::mute() {
    LogOptions options;
    options.level = LogLevel::off;
    return Log(std::move(options));
}
Log::Log(Log&&) noexcept = default;
Log& Log::operator=(Log&&) noexcept = default;
Log::~Log() = default;

bool Log::on(LogLevel level) const {
    return level >= sink_->level.load(std::memory_order_relaxed);
}

void Log::set_level(LogLevel level) {
    sink_->level.store(level, std::memory_order_relaxed);
}

void Log::write(LogLevel level, std::string_view message, std::initializer_list<Fact> facts) {
    try {
        thread_local std::string line;
        line.clear();
        if (sink_->options.priority_prefix) line += priority(level);
        const auto append = sink_->options.format == LogFormat::json ? append_json : append_logfmt;
        append(line, sink_->options.now(), level, message, facts, sink_->options.max_value);
        sink_->logger.log(spdlog::source_loc{}, spdlog_level(level), spdlog::string_view_t(line));
    } catch (...) {  // out of memory: a line is lost, the program goes on
    }
}

}  // namespace fairway
