#pragma once

#include <map>
#include <string>

#include "reconciler/model/secret.hpp"

namespace fairway {

/// What tells one value of a secret from the next, to be stored in its place. Made slowly and for one
/// store alone: whoever gets hold of the store has to try each guess at a password there, for a while.
class SecretPrints {
public:
    /// `lineage`: of the store; without one nothing is known of any value.
    SecretPrints(std::map<std::string, Secret> secrets, std::string lineage);

    /// Of the secret of that name; empty where there is none.
    std::string of(const std::string& name);

private:
    std::map<std::string, Secret> secrets_;
    std::string lineage_;
    std::map<std::string, std::string> made_;
};

}  // namespace fairway
