#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/api/endpoint.hpp"
#include "controller/api/http_message.hpp"
#include "controller/codec/channel_json.hpp"
#include "reconciler/ports/channel_api.hpp"
#include "reconciler/ports/clock.hpp"
#include "reconciler/ports/metrics.hpp"

namespace fairway {

class HttpTransport;

/// Connects to `url` of a project, which need not answer yet.
using Connect = std::function<
    Result<std::unique_ptr<HttpTransport>>(const std::string& url, const ProjectEndpoint&)>;

struct HttpChannelApiOptions {
    CallDeadlines deadlines;
    /// How long one page of a list may take with its repetitions.
    Duration page_time{std::chrono::seconds(60)};
    unsigned page_rows = 500;     ///< asked for; the API gives no more
    unsigned most_pages = 2000;   ///< of one list
    Connect connect;              ///< empty: over TLS, to the real host
    std::vector<Secret> secrets;  ///< beside the credentials: what an answer may not tell either
    /// Says whether the project of that name may be the cloud's project of that id, once that is known.
    std::function<Task<Result<>>(std::string name, std::string project_id)> identified;
};

/// The cloud over HTTPS. Each project has its own connections, credentials and rate; projects do not
/// disturb each other. Safe to destroy while calls are in flight: those keep what they need, but the
/// clock, the entropy and the metrics must outlive them.
class HttpChannelApi : public ChannelApi {
public:
    using Options = HttpChannelApiOptions;

    /// Fails (terminal, validation) when an endpoint or a CA file cannot be used.
    static Result<std::unique_ptr<HttpChannelApi>> open(
        boost::asio::any_io_executor executor, std::vector<ProjectEndpoint> projects,
        SecretLookup secrets, Clock& clock, Entropy& entropy, Metrics& metrics, Options options = {}
    );
    ~HttpChannelApi() override;

    Task<Result<ObservedChannel>> find(ChannelKey key) override;
    Task<Result<std::vector<InstanceChannel>>> list(std::string project) override;
    Task<Result<InstanceChannel>> show(ChannelKey key, InstanceId instance, std::string id) override;
    Task<Result<std::vector<InstanceChannel>>> create(ChannelKey key, ChannelSpec spec, MaySend may_send)
        override;
    Task<Result<>> put(ChannelKey key, ChannelSpec spec, MaySend may_send) override;
    Task<Result<>> remove(ChannelKey key, InstanceId instance, std::string id, MaySend may_send)
        override;
    Task<Result<>> put_members(ChannelKey key, InstanceId instance, std::string id, ChannelSpec spec)
        override;
    Task<Result<std::vector<GatewayInstance>>> instances(std::string project) override;
    Task<Result<bool>> name_modifiable(std::string project, InstanceId instance) override;
    Task<Result<std::vector<Quota>>> quotas(std::string project, InstanceId instance) override;

private:
    class Project;
    explicit HttpChannelApi(SecretLookup secrets);
    Result<std::shared_ptr<Project>> project(const std::string& name) const;

    SecretLookup secrets_;
    std::map<std::string, std::shared_ptr<Project>> projects_;
};

}  // namespace fairway
