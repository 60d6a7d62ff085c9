#pragma once

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "controller/app/apply.hpp"
#include "controller/async/real_clock.hpp"
#include "tests/simulator/simulator.hpp"
#include "tests/support/fakes.hpp"
#include "tests/support/temp_dir.hpp"

namespace fairway {

using Wish = std::shared_ptr<const ManifestSnapshot>;

/// Reads manifests as the program does. Throws what is wrong with them, if anything is: every wish of
/// these tests is a valid one. The texts are documents without `metadata`, by the channel's name.
Wish wish_of(const std::map<std::string, std::string>& documents);

/// The simulated cloud with a dozen instances, and the program's core over real TLS with a store in
/// memory.
class CloudWorld {
public:
    /// With that one switch set; every limit on the number of channels lifted.
    explicit CloudWorld(const std::string& switch_name = {}, const std::string& value = {});
    ~CloudWorld();

    apic_simulator::Simulator cloud;
    FakeStore store{killer_};
    std::vector<InstanceId> instances;

    Outcome apply(const Wish& wish);
    Report plan(const Wish& wish);
    /// One pass over one channel, as the daemon makes it.
    PassReport pass(const std::string& name, const Wish& wish);

    /// Requests that wrote, or tried to, by the channel's name, since the last call.
    std::map<std::string, std::size_t> writes();

private:
    static apic_simulator::Config cloud_config(const std::string& name, const std::string& value);

    Killer killer_;
    TempDir folder_;
    boost::asio::io_context io_;
    RealClock clock_{io_.get_executor()};
    RealEntropy entropy_;
    NoMetrics metrics_;
    Config config_;
    std::unique_ptr<Core> core_;
    std::uint64_t audited_ = 0;
};

/// What of a plan has to be done, as text: one line for each channel, with the fields that differ.
std::string told(const Report& report);

}  // namespace fairway
