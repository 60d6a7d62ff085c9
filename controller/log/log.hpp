#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string_view>

#include "reconciler/model/time.hpp"

namespace fairway {

enum class LogLevel : std::uint8_t { debug, info, warn, error, off };
enum class LogFormat : std::uint8_t { logfmt, json };

std::string_view to_string(LogLevel level);
/// Finds the level or the format of that name; nothing for another word.
std::optional<LogLevel> parse_log_level(std::string_view text);
std::optional<LogFormat> parse_log_format(std::string_view text);

/// One key=value of a line. Holds references only: made for the argument list of a call, not for
/// keeping. The key is a constant in snake_case; the value may be anything, it is escaped.
class Fact {
public:
    enum class Kind : std::uint8_t { text, whole, natural, real, truth, duration };

    template <std::convertible_to<std::string_view> T>
    Fact(std::string_view key, const T& value) : key_(key), kind_(Kind::text), text_(value) {}
    template <std::signed_integral T>
    Fact(std::string_view key, T value) : key_(key), kind_(Kind::whole), whole_(value) {}
    template <std::unsigned_integral T>
    requires(!std::same_as<T, bool>) Fact(std::string_view key, T value)
        : key_(key), kind_(Kind::natural), natural_(value) {}
    template <std::floating_point T>
    Fact(std::string_view key, T value)
        : key_(key), kind_(Kind::real), real_(static_cast<double>(value)) {}
    template <std::same_as<bool> T>
    Fact(std::string_view key, T value) : key_(key), kind_(Kind::truth), truth_(value) {}
    /// "1.5s", "12ms" in logfmt, a number of seconds in JSON.
    template <class Rep, class Period>
    Fact(std::string_view key, std::chrono::duration<Rep, Period> value)
        : key_(key),
          kind_(Kind::duration),
          whole_(std::chrono::duration_cast<Duration>(value).count()) {}

    std::string_view key() const { return key_; }
    Kind kind() const { return kind_; }
    std::string_view text() const { return text_; }
    std::int64_t whole() const { return whole_; }
    std::uint64_t natural() const { return natural_; }
    double real() const { return real_; }
    bool truth() const { return truth_; }
    Duration duration() const { return Duration(whole_); }

private:
    std::string_view key_;
    Kind kind_;
    std::string_view text_;
    union {
        std::int64_t whole_ = 0;
        std::uint64_t natural_;
        double real_;
        bool truth_;
    };
};

struct LogOptions {
    LogLevel level = LogLevel::info;
    LogFormat format = LogFormat::logfmt;
    /// Begins each line with "<6>" or so, which journald takes as the priority.
    bool priority_prefix = false;
    std::size_t max_value = 8192;     ///< bytes of one value; the rest is cut off, with a mark
    std::function<WallTime()> now{};  ///< empty: the system's clock
};

/// Whether what this process writes to stderr goes to the journal of systemd.
bool stderr_is_journal();

/// One line per event: a constant message and facts. Calls never throw and never fail, come from any
/// thread, and cost a comparison where the level is off. Lines leave whole.
class Log {
public:
    /// Writes to stderr.
    explicit Log(LogOptions options = {});
    /// Writes there; the stream must outlive the log.
    Log(LogOptions options, std::FILE* out);
    Log(LogOptions options, std::ostream& out);
    /// Says nothing: for tests.
    static Log mute();
    Log(Log&&) noexcept;
    Log& operator=(Log&&) noexcept;
    ~Log();

    void debug(std::string_view message, std::initializer_list<Fact> facts = {}) {
        if (on(LogLevel::debug)) write(LogLevel::debug, message, facts);
    }
    void info(std::string_view message, std::initializer_list<Fact> facts = {}) {
        if (on(LogLevel::info)) write(LogLevel::info, message, facts);
    }
    void warn(std::string_view message, std::initializer_list<Fact> facts = {}) {
        if (on(LogLevel::warn)) write(LogLevel::warn, message, facts);
    }
    void error(std::string_view message, std::initializer_list<Fact> facts = {}) {
        if (on(LogLevel::error)) write(LogLevel::error, message, facts);
    }

    bool on(LogLevel level) const;
    /// Takes effect at once: for a reload of the configuration.
    void set_level(LogLevel level);

private:
    struct Sink;
    void write(LogLevel level, std::string_view message, std::initializer_list<Fact> facts);
    std::unique_ptr<Sink> sink_;
};

}  // namespace fairway
