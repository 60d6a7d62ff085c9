#pragma once

#include <cstdint>
#include <string_view>

#include "reconciler/model/mutant.hpp"

namespace fairway::sim {

std::string_view to_string(Mutant mutant);

/// Plants a bug as long as it lives.
class Planted {
public:
    explicit Planted(Mutant which) { planted = which; }
    ~Planted() { planted = Mutant::none; }
    Planted(const Planted&) = delete;
    Planted& operator=(const Planted&) = delete;
};

}  // namespace fairway::sim
