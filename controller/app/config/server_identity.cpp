#include "controller/app/config/server_identity.hpp"

#include <unistd.h>

#include <utility>

#include "controller/app/config/config_files.hpp"
#include "controller/app/config/config_secrets.hpp"

namespace fairway {
namespace {

constexpr std::size_t largest_file = 1024 * 1024;

Error unusable(std::string what) {
    return {ErrorClass::terminal, ErrorReason::validation, std::move(what)};
}

}  // namespace

Result<std::shared_ptr<const TlsIdentity>> read_identity(const ServerTls& files) {
    TlsMaterial material;
    auto certificate = read_config_file(files.certificate, largest_file);
    if (!certificate) return unusable(files.certificate + ' ' + certificate.error().what());
    material.certificate = std::move(certificate->bytes);
    auto key = read_config_file(files.key, largest_file);
    if (!key) return unusable(files.key + ' ' + key.error().what());
    material.key = Secret(std::move(key->bytes));
    const SecretKeeper keeper = files.key_from_systemd ? SecretKeeper::systemd : SecretKeeper::people;
    if (const auto trouble = secret_file_trouble(key->mode, key->owner, geteuid(), keeper))
        return unusable(files.key + ' ' + trouble->wrong + "; " + trouble->advice);
    if (!files.client_ca.empty()) {
        auto authorities = read_config_file(files.client_ca, largest_file);
        if (!authorities) return unusable(files.client_ca + ' ' + authorities.error().what());
        material.client_ca = std::move(authorities->bytes);
        // An empty one must not mean that nobody is asked.
        if (material.client_ca.empty()) return unusable(files.client_ca + " is empty");
    }
    return TlsIdentity::make(material);
}

}  // namespace fairway
