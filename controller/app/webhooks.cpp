#include "controller/app/webhooks.hpp"

#include <boost/asio/post.hpp>
#include <chrono>
#include <cstddef>
#include <mutex>
#include <utility>

#include "controller/listener/allowance.hpp"
#include "controller/listener/webhook_proof.hpp"

namespace fairway {
namespace asio = boost::asio;
using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

namespace {

/// Bodies of strangers are hashed before they are known. More pushes than this are merged anyway.
constexpr double requests_per_second = 10;
/// Pushes of thousands of files stay below; one that does not is found after the interval.
constexpr std::size_t largest_body = 4 * 1024 * 1024;
constexpr auto warn_interval = 60s;

}  // namespace

struct Webhooks::Impl : std::enable_shared_from_this<Impl> {
    Impl(asio::any_io_executor loop_given, Parts parts_given)
        : loop(std::move(loop_given)), parts(std::move(parts_given)) {}

    std::shared_ptr<const Secrets> known() {
        const std::lock_guard lock(mutex);
        return secrets;
    }

    /// However many come, at most one note of them is on its way to the loop.
    void note(const std::string& source, WebhookResult result) {
        bool first = false;
        {
            const std::lock_guard lock(mutex);
            first = noted.empty();
            ++noted[{source, result}];
        }
        if (!first) return;
        asio::post(loop, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->tell();
        });
    }

    /// On the loop.
    void tell() {
        std::map<std::pair<std::string, WebhookResult>, std::size_t> all;
        {
            const std::lock_guard lock(mutex);
            all.swap(noted);
        }
        for (const auto& [what, count] : all) {
            const auto& [source, result] = what;
            parts.metrics.webhooks_received(source, result, count);
            if (result == WebhookResult::accepted && parts.news) parts.news(source);
            if (result == WebhookResult::refused) warn(source);
        }
    }

    void warn(const std::string& source) {
        const auto now = SteadyClock::now();
        const auto [last, first] = warned.try_emplace(source, now);
        if (!first && now - last->second < warn_interval) return;
        last->second = now;
        parts.log.warn(
            "webhook refused",
            {{"source", source}, {"reason", "no signature or token that fits the secret"}}
        );
    }

    const asio::any_io_executor loop;
    const Parts parts;
    std::map<std::string, SteadyClock::time_point> warned;  ///< on the loop

    Allowance allowance{requests_per_second};  ///< on the listener's thread

    std::mutex mutex;  ///< of what is below
    std::shared_ptr<const Secrets> secrets = std::make_shared<const Secrets>();
    std::map<std::pair<std::string, WebhookResult>, std::size_t> noted;
};

namespace {

ListenerReply not_proven() {
    return ListenerReply{403, "not proven\n"};
}

}  // namespace

Webhooks::Webhooks(asio::any_io_executor loop, Parts parts)
    : impl_(std::make_shared<Impl>(std::move(loop), std::move(parts))) {}

Webhooks::~Webhooks() = default;

void Webhooks::configure(Secrets secrets) {
    auto given = std::make_shared<const Secrets>(std::move(secrets));
    const std::lock_guard lock(impl_->mutex);
    impl_->secrets = std::move(given);
}

ListenerRoute Webhooks::route() {
    using Note = std::function<void(WebhookResult)>;
    struct Reader : BodyReader {
        Reader(WebhookProof proof_given, Note note_given)
            : proof(std::move(proof_given)), note(std::move(note_given)) {}
        void take(std::string_view piece) override { proof.take(piece); }
        ListenerReply reply() override {
            const bool good = proof.good();
            note(good ? WebhookResult::accepted : WebhookResult::refused);
            if (!good) return not_proven();
            return ListenerReply{202, "accepted\n"};
        }
        WebhookProof proof;
        Note note;
    };
    ListenerRoute route;
    route.reader = [impl = impl_.get()](const ListenerRequest& request) -> BodyVerdict {
        const std::string source = request.path.substr(std::string_view(path).size());
        const auto secrets = impl->known();
        const auto secret = secrets->find(source);
        const bool limited = !impl->allowance.take(SteadyClock::now());
        if (limited && secret != secrets->end()) impl->note(source, WebhookResult::limited);
        if (limited) return ListenerReply{429, "too many requests; come again in a second\n"};
        if (secret == secrets->end()) return ListenerReply{404, "there is no such webhook\n"};
        const Note note = [impl, source](WebhookResult result) { impl->note(source, result); };
        WebhookProof proof(secret->second, request.fields);
        if (!proof.given()) {
            note(WebhookResult::refused);
            return not_proven();
        }
        return std::make_unique<Reader>(std::move(proof), note);
    };
    route.fields = WebhookProof::fields();
    route.methods = {"POST"};
    route.max_body = largest_body;
    // A Git server cannot bear our token, nor show a certificate of ours, and a proxy before us may pass
    // on the name it is known by. The proof stands for all three.
    route.open = route.any_host = true;
    return route;
}

Webhooks::Secrets webhook_secrets(const Config& config) {
    Webhooks::Secrets secrets;
    for (const auto& source : config.sources) {
        if (source.git && source.git->webhook) secrets.emplace(source.name, *source.git->webhook);
    }
    return secrets;
}

}  // namespace fairway
