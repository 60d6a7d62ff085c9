#include "controller/api/secret_prints.hpp"

#include <openssl/evp.h>

#include <array>
#include <new>
#include <string_view>
#include <utility>

#include "reconciler/model/hex.hpp"

namespace fairway {
namespace {

// 4 MiB and about ten milliseconds a value: made once for each secret that a manifest names.
constexpr std::uint64_t cost = 4096, block = 8, lanes = 1, most_memory = 16U << 20;

std::string print_of(const Secret& secret, const std::string& salt) {
    std::array<unsigned char, 16> bytes{};
    const std::string_view value = secret.reveal();
    const auto* salt_bytes = reinterpret_cast<const unsigned char*>(salt.data());
    if (EVP_PBE_scrypt(
            value.data(), value.size(), salt_bytes, salt.size(), cost, block, lanes, most_memory,
            bytes.data(), bytes.size()
        ) != 1) {
        throw std::bad_alloc();
    }
    return hex_of(bytes);
}

}  // namespace

SecretPrints::SecretPrints(std::map<std::string, Secret> secrets, std::string lineage)
    : secrets_(std::move(secrets)), lineage_(std::move(lineage)) {}

std::string SecretPrints::of(const std::string& name) {
    const auto secret = secrets_.find(name);
    if (lineage_.empty() || secret == secrets_.end()) return {};
    const auto [made, fresh] = made_.try_emplace(name);
    if (fresh) made->second = print_of(secret->second, lineage_ + '\n' + name);
    return made->second;
}

}  // namespace fairway
