#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "controller/app/config/config.hpp"
#include "controller/listener/listener.hpp"
#include "controller/log/log.hpp"
#include "reconciler/ports/metrics.hpp"

namespace fairway {

/// What Git servers tell us: `POST /webhook/SOURCE`. Whoever proves that it knows the secret of that
/// source has its repository asked for news, and can do nothing else; what it says is not read.
class Webhooks {
public:
    struct Parts {
        Metrics& metrics;
        Log& log;
        std::function<void(const std::string& source)> news{};
    };
    using Secrets = std::map<std::string, Secret>;  ///< by source
    static constexpr const char* path = "/webhook/";

    /// All `parts` are used on the loop alone.
    Webhooks(boost::asio::any_io_executor loop, Parts parts);
    /// On the loop.
    ~Webhooks();

    /// From now on these sources have a webhook. From any thread.
    void configure(Secrets secrets);
    /// Serves on one thread, whichever; ends before this object does.
    ListenerRoute route();

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

/// Of those sources that have a webhook.
Webhooks::Secrets webhook_secrets(const Config& config);

}  // namespace fairway
