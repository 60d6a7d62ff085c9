#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "reconciler/model/channel.hpp"
#include "reconciler/ports/channel_api.hpp"
#include "tests/simulation/life.hpp"

namespace fairway::sim {

/// A channel on one instance, and where it comes from.
struct Row {
    InstanceChannel live;
    bool ours = false;          ///< made by a request of ours
    bool renamed = false;       ///< by somebody else, at any time
    std::uint64_t version = 0;  ///< grows with every change of any row
    bool foreign_last = false;  ///< somebody else wrote it last
};
using State = std::vector<std::shared_ptr<const Row>>;

/// A write, as it goes over the wire.
struct Request {
    Request(Op sent_as, ChannelKey of, ChannelSpec body = {}, InstanceId on = {}, std::string row = {})
        : op(sent_as),
          key(std::move(of)),
          spec(std::move(body)),
          instance(std::move(on)),
          id(std::move(row)) {}
    Op op;
    ChannelKey key;
    ChannelSpec spec;
    InstanceId instance;
    std::string id;
    std::map<std::string, std::uint64_t> seen;  ///< id -> version, of our last look before it was sent
    std::optional<ChannelSpec> managed;         ///< what the intent said, of an update
    ChannelApi::MaySend may_send;               ///< where it may be held back
    WallTime sent_at{};                         ///< by our clock
};

/// What became of a write.
struct Effect {
    int status = 200;
    std::string code;  ///< of a refusal
    std::vector<InstanceChannel> rows;
};

/// Told of every change that a request of ours makes, before it is made.
class Auditor {
public:
    virtual ~Auditor() = default;
    virtual void overwritten(const Request& request, const Row& before, const Row& after) = 0;
    virtual void removed(const Request& request, const Row& before) = 0;
};

/// The cloud: what is there, what was there, and what the vendor leaves open.
class Cloud {
public:
    Cloud(Stage& stage, Auditor& auditor)
        : stage_(stage),
          auditor_(auditor),
          temper_(stage.options.temper),
          random_(stage.options.seed, "cloud") {
        history_.emplace_back(TimePoint{}, State{});
    }

    const State& now() const { return history_.back().second; }
    /// As it was so long ago.
    const State& ago(Duration lag) const;
    /// What is there now under that name.
    std::vector<std::shared_ptr<const Row>> named(const std::string& name) const;

    /// Does a request of ours, on the first `most` instances that it names.
    Effect apply(const Request& request, std::size_t most);

    /// As a list or a show would give it; the order and the case of things is not promised.
    InstanceChannel shown(const Row& row, bool in_full);

    // Somebody else's doing.
    void plant(const std::string& name, const InstanceId& instance, const ChannelSpec& spec);
    void edit(const Row& row, const ChannelSpec& spec);
    void erase(const Row& row);
    void rename(const Row& row, const std::string& name);

    /// What the row of that id bore when it was made, or a foreign one since, also after it has gone.
    std::string name_of(const std::string& id) const {
        const auto it = names_.find(id);
        return it == names_.end() ? std::string() : it->second;
    }

    Stream& random() { return random_; }
    const Temper& temper() const { return temper_; }
    std::uint64_t version() const { return version_; }

private:
    Effect create(const Request& request, std::size_t most);
    Effect put(const Request& request, std::size_t most);
    Effect remove(const Request& request);
    Effect put_members(const Request& request);
    std::shared_ptr<Row> make(
        const std::string& name, const InstanceId& instance, const ChannelSpec& spec
    );
    ChannelSpec as_kept(ChannelSpec spec) const;
    ChannelSpec merged(const ChannelSpec& live, const ChannelSpec& body) const;
    void replace(const Row& before, std::shared_ptr<const Row> after);
    void commit(State next);

    Stage& stage_;
    Auditor& auditor_;
    const Temper temper_;
    Stream random_;
    std::deque<std::pair<TimePoint, State>> history_;
    std::uint64_t made_ = 0, version_ = 0;
    std::map<std::string, std::string> names_;  ///< by id
};

}  // namespace fairway::sim
