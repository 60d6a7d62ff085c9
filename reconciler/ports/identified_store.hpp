#pragma once

#include <string>

#include "reconciler/ports/state_store.hpp"

namespace fairway {

/// A store that says which one it is, and whether what it holds is to be believed.
class IdentifiedStore : public StateStore {
public:
    /// Made with the store, once: tells it from every other.
    virtual const std::string& lineage() const = 0;
    /// Why its rows may not be those of what the configuration names: the file is an older copy, or
    /// another store, or a project was in another place; empty where they are. Until trust(), what is
    /// committed does not make it so.
    virtual std::string doubt() const = 0;
    /// Names this very doubt, for a person's approval.
    virtual std::string doubt_id() const = 0;
    /// A person says that it is to be taken as it is. Durable on return.
    virtual Task<Result<>> trust() = 0;
};

}  // namespace fairway
