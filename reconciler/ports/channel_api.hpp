#pragma once

#include <functional>
#include <string>
#include <vector>

#include "reconciler/model/channel.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/ports/task.hpp"

namespace fairway {

/// The cloud, in our words. Calls may take long and may be cancelled. They never throw for what the
/// network does; a failed write says whether its outcome is known. Parameters are by value: they outlive
/// the caller.
class ChannelApi {
public:
    virtual ~ChannelApi() = default;
    /// Whether a write may still be sent: asked when all that held it back is over, last of all. What
    /// may not go any more is not sent: reason guard.
    using MaySend = std::function<bool()>;
    /// Every row whose name is byte for byte `key.name`, with members. None is an answer, not an error.
    virtual Task<Result<ObservedChannel>> find(ChannelKey key) = 0;
    /// Every row of a project, with members; complete, or an error.
    virtual Task<Result<std::vector<InstanceChannel>>> list(std::string project) = 0;
    /// One row in full, health check and members included.
    virtual Task<Result<InstanceChannel>> show(ChannelKey key, InstanceId instance, std::string id) = 0;
    /// Creates the channel on all instances of `spec` (at most ten) and returns the answer's rows, which
    /// may lack their ids. Not repeatable: the cloud knows no client token.
    virtual Task<Result<std::vector<InstanceChannel>>> create(
        ChannelKey key, ChannelSpec spec, MaySend may_send
    ) = 0;
    /// Replaces by name on the instances of `spec` (at most ten), and creates where missing. Repeatable.
    virtual Task<Result<>> put(ChannelKey key, ChannelSpec spec, MaySend may_send) = 0;
    /// Deletes one row of one instance. Repeatable: a row that is not there is an error of class
    /// not_found. What uses the channel refuses it (class conflict).
    virtual Task<Result<>> remove(
        ChannelKey key, InstanceId instance, std::string id, MaySend may_send
    ) = 0;
    /// Replaces the members of one row by those of `spec`, which may have none. Repeatable.
    virtual Task<Result<>> put_members(
        ChannelKey key, InstanceId instance, std::string id, ChannelSpec spec
    ) = 0;
    virtual Task<Result<std::vector<GatewayInstance>>> instances(std::string project) = 0;
    /// Whether `vpc_name_modifiable` is on, which shuts the instance out of the project-level
    /// operations.
    virtual Task<Result<bool>> name_modifiable(std::string project, InstanceId instance) = 0;
    /// The limits of an instance, as far as they are whole numbers.
    virtual Task<Result<std::vector<Quota>>> quotas(std::string project, InstanceId instance) = 0;
};

}  // namespace fairway
