#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fairway {

/// A secret that was planted, to be found where it must not be.
struct Canary {
    std::string name, value;
};
using Canaries = std::vector<Canary>;

/// Which of them `bytes` holds, and how each is written there: as it is, in base64 at each of the three
/// places, escaped for a URL or for JSON, in hex. "NAME, raw" and so on.
std::vector<std::string> hits_in(std::string_view bytes, const Canaries& canaries);

/// The same for every file below `folder`, whatever its kind: "FILE: NAME, raw". A file that is just the
/// secret is where it is kept, and no hit; nor is what is below a folder "given".
std::vector<std::string> hits_in_folder(const std::string& folder, const Canaries& canaries);

/// The part of a base64 text that no byte around `bytes` has a say in, where they stand behind `before`
/// others, modulo three.
std::string inner_base64(std::string_view bytes, std::size_t before);
/// Base64 of `bytes`, as a program writes it.
std::string to_base64(std::string_view bytes);
std::string to_hex(std::string_view bytes);
std::string for_url(std::string_view bytes);
std::string for_json(std::string_view bytes);

}  // namespace fairway
