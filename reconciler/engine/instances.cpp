#include "reconciler/engine/instances.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr Duration good_for = 10min;  // an instance that may be used
constexpr Duration doubt_for =
    30s;  // one that may not, or that nobody could tell of: somebody may be mending it

}  // namespace

Task<Result<>> Instances::usable(std::string project, std::vector<InstanceId> instances) {
    for (const InstanceId& instance : instances) {
        const std::pair<std::string, InstanceId> key(project, instance);
        auto it = known_.find(key);
        if (it == known_.end() || it->second.until <= clock_.now()) {
            const Result<bool> modifiable = co_await api_.name_modifiable(project, instance);
            if (!modifiable) {
                const ErrorClass cls = modifiable.error().cls();
                if (cls == ErrorClass::auth || cls == ErrorClass::cancelled ||
                    cls == ErrorClass::throttled) {
                    co_return Error(modifiable.error()).in("features of instance " + instance);
                }
                known_[key] = {false, clock_.now() + doubt_for};
                continue;
            }
            known_[key] = {*modifiable, clock_.now() + (*modifiable ? doubt_for : good_for)};
            it = known_.find(key);
        }
        if (it->second.modifiable) {
            co_return Error(
                ErrorClass::terminal, ErrorReason::guard,
                "instance " + instance +
                    " has the feature vpc_name_modifiable on, so its channels cannot be handled "
                    "for the whole project; switch it off on the instance"
            );
        }
    }
    co_return Result<>();
}

}  // namespace fairway
