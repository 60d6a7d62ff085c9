#pragma once

#include <cstdint>
#include <string_view>

#include "reconciler/model/mutant.hpp"

namespace fairway::sim {

std::string_view to_string(Mutant mutant);
/// Whether it is planted in the real store: only worlds with that can show it.
bool is_in_store(Mutant mutant);

/// Plants a bug as long as it lives.
class Planted {
public:
    explicit Planted(Mutant which) { planted = which; }
    ~Planted() { planted = Mutant::none; }
    Planted(const Planted&) = delete;
    Planted& operator=(const Planted&) = delete;
};

}  // namespace fairway::sim
