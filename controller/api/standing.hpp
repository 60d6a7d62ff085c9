#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>
#include <optional>

#include "controller/async/event.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/ports/clock.hpp"
#include "reconciler/ports/task.hpp"

namespace fairway {

/// Whether credentials work, for all who use the same ones, at whatever endpoint and for whatever
/// project. Until a call has succeeded only one is in flight, so that a wrong key is tried once and not
/// by everybody. After a refusal everybody gets the same error at once, and what has its pass but not
/// yet sent a byte is held back. One thread only.
///
/// More than five refused signatures in a row lock a key for five minutes (Refused::locks). Therefore no
/// call follows the fourth before the configuration is loaded anew. That holds for a key that never
/// worked, and for one that stops working while at most four calls are on their way. It cannot hold for
/// more of them: when a key that works is revoked, every request that has left is refused, for no answer
/// tells of it before theirs and what was sent cannot be called back. To let only four calls be in
/// flight with any key would cost all its projects most of their pace, at all times, to spare a lock to
/// a key that has just ended. So after four or more refusals that came together the one try that is left
/// waits until a lock would be over.
class Standing : public std::enable_shared_from_this<Standing> {
public:
    enum class Refused : std::uint8_t {
        pauses,  ///< another try is made after a pause that grows
        locks,   ///< the same, and none is made after the fourth refusal
        stops,   ///< none is made
    };
    Standing(boost::asio::any_io_executor executor, const Clock& clock, Refused refused);
    ~Standing();

    /// The right to one call. Say how it went; saying nothing means that nothing was learnt.
    class Pass {
    public:
        Pass(std::shared_ptr<Standing> of, std::uint64_t epoch, bool probe);
        Pass(Pass&& other) noexcept;
        Pass& operator=(Pass&&) = delete;
        ~Pass();
        /// The credentials were accepted.
        void worked();
        void refused(const Error& error);
        /// No answer came. Those who wait for this call to try the credentials fail with it: one by one
        /// they would wait for the same time-out.
        void unheard(const Error& error);
        /// Whether the credentials were replaced since.
        bool outdated() const { return epoch_ != of_->epoch_; }

    private:
        std::shared_ptr<Standing> of_;
        std::uint64_t epoch_;
        bool probe_;
    };

    /// Waits while another call tries the credentials. Fails at once while they are known to be refused.
    Task<Result<Pass>> enter();
    /// That failure, while it lasts.
    std::optional<Error> closed() const;
    /// To be called for every refusal: each counts.
    void close(const Error& error);
    bool proven() const { return proven_; }
    /// The credentials were replaced by others; `proven` says whether those need not be tried first.
    void replaced(bool proven);

private:
    void end_probe(std::uint64_t epoch);

    const Clock& clock_;
    const Refused when_refused_;
    Event changed_;
    bool proven_ = false, probing_ = false;
    std::uint64_t epoch_ = 1;
    std::uint64_t unheard_ = 0;  ///< probes without an answer
    std::optional<Error> last_unheard_;
    std::optional<Error> refusal_;
    TimePoint closed_until_{};
    Duration pause_;
    unsigned refusals_ = 0;  ///< in a row
    bool for_good_ = false;
};

}  // namespace fairway
