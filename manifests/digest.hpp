#pragma once

#include <string>
#include <string_view>

namespace fairway {

/// XXH3-128 of a list of texts. For telling versions apart, not against forgery.
class DigestOfParts {
public:
    void add(std::string_view part);
    std::string hex() const;

private:
    std::string text_;
};

}  // namespace fairway
