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

/// Whether credentials work, for all who use the same ones. Until a call has succeeded only one is in
/// flight, so that a wrong key is tried once and not by everybody: six failures in a row lock it. After
/// a refusal everybody gets the same error at once. One thread only.
class Standing : public std::enable_shared_from_this<Standing> {
public:
    enum class Refused : std::uint8_t {
        pauses,  ///< another try is made after a pause that grows
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
};

}  // namespace fairway
