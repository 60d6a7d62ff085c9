#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "controller/api/endpoint.hpp"
#include "controller/api/http_message.hpp"
#include "controller/api/signer.hpp"
#include "controller/api/standing.hpp"
#include "controller/async/event.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/secret.hpp"
#include "reconciler/ports/clock.hpp"
#include "reconciler/ports/task.hpp"

namespace fairway {

/// A token of IAM.
struct Token {
    Secret value;
};

/// What proves who we are, until when, and for which project.
struct Grant {
    std::variant<Token, AccessKey> proof;
    WallTime expires_at = WallTime::max();
    std::string project_id;
};

/// The credentials of one project in use. What IAM gives for a time is renewed ahead of its end, by one
/// caller for all, and once when the cloud refuses it before. One thread only.
class Session {
public:
    /// Asks IAM for a grant, once.
    using Issue = std::function<Task<Result<Grant>>()>;
    /// What the credentials of a project need.
    enum class Kind : std::uint8_t {
        given,      ///< nothing: `first` has all
        looked_up,  ///< a grant that lasts
        renewed,    ///< a grant again and again
    };
    struct Start {
        Kind kind = Kind::given;
        Grant first;                         ///< for Kind::given
        std::shared_ptr<Standing> standing;  ///< of what the requests are signed with
    };

    /// The clock must outlive the session.
    Session(boost::asio::any_io_executor executor, const Clock& clock, Start start, Issue issue);
    ~Session();

    /// The right to one call. Say how it went; saying nothing means that nothing was learnt.
    class Pass {
    public:
        Pass(Session& session, Standing::Pass pass, WallTime ends)
            : session_(&session), pass_(std::move(pass)), ends_(ends) {}
        /// The credentials were accepted.
        void worked();
        /// The credentials were not accepted. Returns whether another try makes sense: with a grant that
        /// is newer, or will be.
        bool refused(const Error& error);
        /// No answer came.
        void unheard(const Error& error) { pass_.unheard(error); }
        /// Whether the grant has come to its end meanwhile, so that a refusal says nothing.
        bool ended() const;

    private:
        Session* session_;
        Standing::Pass pass_;
        WallTime ends_;
    };

    /// Waits for a grant, or for the one call that tries the credentials. Fails at once while they are
    /// known to be refused.
    Task<Result<Pass>> enter();
    /// That failure, while it lasts.
    std::optional<Error> closed() const;
    /// Of the grant in use: to be called after enter(), without waiting between, as is authorise().
    const std::string& project_id() const { return grant_->project_id; }
    /// Adds the header fields that prove who we are.
    void authorise(
        HttpRequest& request, const std::string& path, const Query& query, const std::string& authority
    ) const;

private:
    bool usable() const;
    bool due() const;
    Task<Result<>> renew();
    void take(Grant grant);

    const Clock& clock_;
    const Kind kind_;
    const std::shared_ptr<Standing> standing_;
    /// Of what IAM says about this project alone; others may share `standing_`.
    const std::shared_ptr<Standing> issuing_;
    Issue issue_;

    std::optional<Grant> grant_;
    std::optional<Signer> signer_;
    WallTime renew_at_ = WallTime::max(), usable_until_ = WallTime::max();
    bool worn_ = false;  ///< a grant was refused, and the next has not been tried
    Event changed_;
    bool renewing_ = false;
    TimePoint next_renewal_{};           ///< not before, after one that failed
    std::uint64_t renewals_ = 0;         ///< that came to an end
    std::optional<Error> last_failure_;  ///< of the last of them
};

/// Adds the header fields that prove who we are with `key`; a project's id is one of those that count.
void sign(
    HttpRequest& request, const AccessKey& key, const Signer& signer, const std::string& project_id,
    const std::string& path, const Query& query, const std::string& authority, WallTime now
);

}  // namespace fairway
