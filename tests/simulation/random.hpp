#pragma once

#include <cstdint>
#include <string_view>

#include "reconciler/model/time.hpp"
#include "reconciler/ports/clock.hpp"

namespace fairway::sim {

/// A stream of random numbers of its own: made of the world's seed and a name, so that one more draw in
/// one part of a world does not shift the others. splitmix64.
class Stream {
public:
    Stream(std::uint64_t seed, std::string_view name) : state_(seed * 0x9E3779B97F4A7C15ull) {
        for (const char c : name) state_ = (state_ ^ static_cast<unsigned char>(c)) * 1099511628211ull;
        next();
    }

    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9E3779B97F4A7C15ull);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
        return z ^ (z >> 31);
    }
    /// From 0 to `bound` - 1.
    unsigned below(std::size_t bound) { return static_cast<unsigned>(next() % bound); }
    double real01() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
    bool chance(double probability) { return real01() < probability; }
    Duration between(Duration least, Duration most) {
        const auto width = static_cast<std::uint64_t>((most - least).count());
        return least + Duration(static_cast<Duration::rep>(next() % (width + 1)));
    }

private:
    std::uint64_t state_;
};

/// The randomness that a process gets from its machine.
class SimEntropy : public Entropy {
public:
    explicit SimEntropy(Stream stream) : stream_(stream) {}
    double random01() override { return stream_.real01(); }

private:
    Stream stream_;
};

}  // namespace fairway::sim
