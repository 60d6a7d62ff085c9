#pragma once

#include <cstdint>
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

/// XXH3-64 of a text, for finding candidates: equal digests are no proof of equal texts.
std::uint64_t short_digest(std::string_view text);

}  // namespace fairway
