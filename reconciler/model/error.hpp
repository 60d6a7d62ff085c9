#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "reconciler/model/time.hpp"

namespace fairway {

/// What a failure means for our next step. Every error carries exactly one class.
enum class ErrorClass {
    retryable,  ///< may pass by itself: timeout, refused connection, 5xx
    throttled,  ///< too many requests: slow down, then repeat
    conflict,   ///< the world is not as we thought: look again, then decide again
    auth,       ///< our credentials were refused: renew once, then stop all who share them
    quota,      ///< no room for this channel: stop this one, tell a person
    not_found,  ///< what we named is not there: fine when deleting, else look again
    terminal,   ///< the request itself is wrong: wait for a manifest edit
    refused,    ///< a safeguard of ours said no: a person decides
    cancelled,  ///< we are shutting down: neither a success nor a failure
};

/// Where a failure came from, in the words of the metric `reconcile_errors_total`.
enum class ErrorReason {
    validation,
    auth,
    throttled,
    conflict,
    not_found,
    quota,
    server,
    timeout,
    network,
    guard,
    internal
};

std::string_view to_string(ErrorClass cls);
std::string_view to_string(ErrorReason reason);

/// What the API said about a failure; empty where no answer came.
struct ApiFault {
    int http_status = 0;
    std::string error_code;  ///< such as "APIG.3208"
    std::string request_id;
};

/// A failure the outside world can cause. Never holds a secret.
class Error {
public:
    Error(ErrorClass cls, ErrorReason reason, std::string what)
        : cls_(cls), reason_(reason), what_(std::move(what)) {}

    /// The same, with the pause the server asked for.
    Error after(Duration pause) && {
        retry_after_ = pause;
        return std::move(*this);
    }
    /// The same, for a write that may have happened: only a look can tell.
    Error unsure() && {
        outcome_unknown_ = true;
        return std::move(*this);
    }
    /// The same, told from one level up: "look: timed out".
    Error in(std::string_view doing) && {
        what_ = std::string(doing) + ": " + what_;
        return std::move(*this);
    }
    /// The same, with what the API's answer said.
    Error with(ApiFault fault) && {
        fault_ = std::move(fault);
        return std::move(*this);
    }

    ErrorClass cls() const { return cls_; }
    ErrorReason reason() const { return reason_; }
    const std::string& what() const { return what_; }
    std::optional<Duration> retry_after() const { return retry_after_; }
    bool outcome_unknown() const { return outcome_unknown_; }
    const ApiFault& fault() const { return fault_; }
    bool has_code(std::string_view code) const { return fault_.error_code == code; }
    /// Whether the same may succeed later without anybody's doing.
    bool may_pass() const {
        return cls_ == ErrorClass::retryable || cls_ == ErrorClass::throttled ||
               cls_ == ErrorClass::conflict || cls_ == ErrorClass::not_found;
    }

private:
    ErrorClass cls_;
    ErrorReason reason_;
    bool outcome_unknown_ = false;
    std::optional<Duration> retry_after_;
    std::string what_;
    ApiFault fault_;
};

/// A value, or the Error that stood in its way. A subset of std::expected, to be replaced by it.
template <class T = void>
class [[nodiscard]] Result {
public:
    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

    explicit operator bool() const { return state_.index() == 0; }
    T& operator*() & {
        assert(*this);
        return *std::get_if<0>(&state_);
    }
    const T& operator*() const& {
        assert(*this);
        return *std::get_if<0>(&state_);
    }
    T&& operator*() && {
        assert(*this);
        return std::move(*std::get_if<0>(&state_));
    }
    T* operator->() {
        assert(*this);
        return std::get_if<0>(&state_);
    }
    const T* operator->() const {
        assert(*this);
        return std::get_if<0>(&state_);
    }
    const Error& error() const {
        assert(!*this);
        return *std::get_if<1>(&state_);
    }

private:
    std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}

    explicit operator bool() const { return !error_; }
    const Error& error() const {
        assert(error_);
        return *error_;
    }

private:
    std::optional<Error> error_;
};

}  // namespace fairway
