#pragma once

#include <string>

#include "reconciler/ports/state_store.hpp"

namespace fairway {

/// A store that says which one it is, and whether what it holds is to be believed.
class IdentifiedStore : public StateStore {
public:
    /// Made with the store, once: tells it from every other.
    virtual const std::string& lineage() const = 0;
    /// Why this may not be what was written last: an older copy, or another store; empty where it is.
    /// Until trust(), what is committed does not make it so.
    virtual const std::string& doubt() const = 0;
    /// Names this very doubt, for a person's approval.
    virtual std::string doubt_id() const = 0;
    /// A person says that it is to be taken as it is.
    virtual void trust() = 0;
};

}  // namespace fairway
