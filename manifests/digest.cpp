#include "manifests/digest.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "manifests/manifests.hpp"
#include "reconciler/model/hex.hpp"

namespace fairway {
namespace {

std::string to_hex(XXH128_hash_t hash) {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, hash);
    return hex_of(canonical.digest);
}

}  // namespace

std::string content_digest(std::string_view bytes) {
    return to_hex(XXH3_128bits(bytes.data(), bytes.size()));
}

std::uint64_t short_digest(std::string_view text) {
    return XXH3_64bits(text.data(), text.size());
}

void DigestOfParts::add(std::string_view part) {
    text_ += std::to_string(part.size());  // the length first: no two lists of parts read the same
    text_ += ':';
    text_ += part;
}

std::string DigestOfParts::hex() const {
    return content_digest(text_);
}

}  // namespace fairway
