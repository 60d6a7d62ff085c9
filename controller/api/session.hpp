#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "controller/api/endpoint.hpp"
#include "controller/api/http_message.hpp"
#include "controller/api/signer.hpp"
#include "controller/async/event.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/secret.hpp"
#include "reconciler/ports/clock.hpp"
#include "reconciler/ports/task.hpp"

namespace fairway {

/// A token of IAM.
struct Token {
    Secret value;
    WallTime expires_at;
};

/// The credentials of one project. Until a call has succeeded only one is in flight, so that a wrong key
/// is tried once and not by everybody: six failures in a row lock it. After a refusal everybody gets the
/// same error at once, for a pause that grows. Tokens are renewed ahead of their end, by one caller for
/// all. One thread only.
class Session {
public:
    /// Asks IAM for a token, once.
    using Issue = std::function<Task<Result<Token>>()>;

    /// `issue` is used with a password only. The references must outlive the session.
    Session(
        boost::asio::any_io_executor executor, const Clock& clock, Credentials credentials,
        std::string project_id, Issue issue
    );
    ~Session();

    /// The right to one call. Say how it went; saying nothing means that nothing was learnt.
    class Pass {
    public:
        Pass(Session& session, std::uint64_t generation, bool probe)
            : session_(&session), generation_(generation), probe_(probe) {}
        Pass(Pass&& other) noexcept
            : session_(other.session_), generation_(other.generation_), probe_(other.probe_) {
            other.session_ = nullptr;
        }
        Pass& operator=(Pass&&) = delete;
        ~Pass();
        /// The credentials were accepted.
        void worked();
        /// They were not. Returns whether another try makes sense: with a token that is newer, or will
        /// be.
        bool refused(const Error& error);
        /// No answer came. Those who wait for this call to try the credentials fail with it: one by one
        /// they would wait for the same time-out.
        void unheard(const Error& error);

    private:
        Session* session_;
        std::uint64_t generation_;
        bool probe_;
    };

    /// Waits for a token, or for the one call that tries the credentials. Fails at once while they are
    /// known to be refused.
    Task<Result<Pass>> enter();
    /// That failure, while it lasts.
    std::optional<Error> closed() const;
    /// Adds the header fields that prove who we are: to be called after enter(), without waiting
    /// between.
    void authorise(
        HttpRequest& request, const std::string& path, const Query& query, const std::string& authority
    ) const;

private:
    bool token_usable() const;
    bool token_due() const;
    Task<Result<>> renew();
    void close(const Error& error);
    void end_probe(std::uint64_t generation);

    const Clock& clock_;
    std::string project_id_;
    bool by_token_;
    std::optional<Signer> signer_;
    std::optional<Secret> security_token_;
    Issue issue_;

    Event changed_;
    bool proven_ = false, probing_ = false, renewing_ = false;
    std::uint64_t generation_ = 1;  ///< of what is being used: changes with every token
    std::optional<Token> token_;
    WallTime renew_at_;
    TimePoint next_renewal_{};           ///< not before, after one that failed
    std::uint64_t renewals_ = 0;         ///< that came to an end
    std::optional<Error> last_failure_;  ///< of the last of them
    std::uint64_t unheard_ = 0;          ///< probes without an answer
    std::optional<Error> last_unheard_;
    std::optional<Error> refusal_;
    TimePoint closed_until_{};
    Duration pause_;
};

}  // namespace fairway
