#pragma once

#include "reconciler/ports/channel_api.hpp"
#include "tests/simulation/cloud.hpp"

namespace fairway::sim {

/// Told of what the process sends and is shown.
class Witness {
public:
    virtual ~Witness() = default;
    /// The process has decided; its limiter may still hold the request back.
    virtual void decided(Request& request) = 0;
    /// May note in the request what was known when it was sent.
    virtual void sent(Request& request) = 0;
    /// Nobody waits for the answer any more.
    virtual void ended(const Request& request) = 0;
    virtual void answered(const Request& request, const std::vector<InstanceChannel>& rows) = 0;
    /// What was answered to a create did not come through.
    virtual void unheard(const ChannelKey& key) = 0;
    virtual void saw(const ChannelKey& key, const State& rows) = 0;
    virtual void showed(const ChannelKey& key, const Row& row) = 0;
    virtual void listed(const State& rows) = 0;
    /// Under which name the process knows a row, by what it stored; empty where it does not. A row that
    /// somebody renamed may be known under two: then it is the one at work.
    virtual std::string known_as(const InstanceId& instance, const std::string& id) const = 0;
};

/// The cloud as one process sees it, through a network that loses, delays and refuses. Failures are
/// those that HttpChannelApi tells.
class CloudPort : public ChannelApi {
public:
    CloudPort(Life& life, Cloud& cloud, Witness& witness)
        : life_(life), stage_(life.stage()), cloud_(cloud), witness_(witness) {}

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

    /// show(), whatever name the row bears where none is given: whoever asks compares.
    Task<Result<InstanceChannel>> show(
        std::optional<std::string> name, InstanceId instance, std::string id
    );
    /// Under which name whoever knows the row knows it; empty where there never was one.
    std::string name_of(const InstanceId& instance, const std::string& id) const {
        const std::string name = witness_.known_as(instance, id);
        return name.empty() ? cloud_.name_of(id) : name;
    }

    void unheard(const ChannelKey& key) { witness_.unheard(key); }

private:
    /// The way of a read to the cloud: how it fails there, or nothing.
    Task<std::optional<Error>> ask(Op op);
    /// The way of its answer back.
    Task<std::optional<Error>> hear(Op op);
    Task<Result<std::vector<InstanceChannel>>> send(Request request);
    Task<> pass(Duration time);
    Duration latency();
    Duration lag();
    /// A refusal that comes before anything is done.
    std::optional<Error> refusal(const Request* request);
    Error refused(int status, std::string_view code, Op op, std::string_view retry_after = {});
    Error lost(ErrorReason reason, bool write) const;

    Life& life_;
    Stage& stage_;
    Cloud& cloud_;
    Witness& witness_;
};

}  // namespace fairway::sim
