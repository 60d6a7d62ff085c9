#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <random>

#include "reconciler/ports/clock.hpp"

namespace fairway {

/// The machine's clocks; sleeping goes through the loop.
class RealClock : public Clock {
public:
    explicit RealClock(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}
    TimePoint now() const override;
    WallTime wall() const override;
    Task<> sleep_until(TimePoint when) override;

private:
    boost::asio::any_io_executor executor_;
};

/// Seeded by the machine once, at start.
class RealEntropy : public Entropy {
public:
    RealEntropy();
    double random01() override;

private:
    std::mt19937_64 engine_;
};

}  // namespace fairway
