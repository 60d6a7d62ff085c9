#pragma once

#include <vector>

#include "controller/store/batch.hpp"
#include "reconciler/ports/state_store.hpp"

namespace fairway {

/// What people told us.
class DirectiveTable {
public:
    DirectiveTable(Batch& batch, Database& database) : batch_(batch), database_(database) {}

    void put(const Directive& directive);
    void drop(const Directive& directive);
    std::vector<Directive> all();

private:
    Batch& batch_;
    Database& database_;
};

}  // namespace fairway
