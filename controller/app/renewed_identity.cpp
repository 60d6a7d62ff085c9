#include "controller/app/renewed_identity.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "controller/app/config/config_files.hpp"
#include "controller/app/config/config_secrets.hpp"

namespace fairway {
namespace {

constexpr std::size_t largest_file = 1024 * 1024;

Error unusable(const std::string& what) {
    return {ErrorClass::terminal, ErrorReason::validation, "server.tls: " + what};
}

}  // namespace

Result<std::shared_ptr<RenewedIdentity>> RenewedIdentity::open(
    ServerTls files, Log& log, Duration look_again
) {
    std::shared_ptr<RenewedIdentity> made(new RenewedIdentity(std::move(files), log, look_again));
    made->stamp_ = made->stamp();
    auto identity = made->read();
    if (!identity) return identity.error();
    made->identity_ = std::move(*identity);
    return made;
}

std::string RenewedIdentity::stamp() const {
    std::string text;
    for (const std::string& file : {files_.certificate, files_.key, files_.client_ca}) {
        struct stat found {};
        if (file.empty() || stat(file.c_str(), &found) != 0) continue;
        for (const auto part :
             {static_cast<long long>(found.st_mtim.tv_sec),
              static_cast<long long>(found.st_mtim.tv_nsec), static_cast<long long>(found.st_ino),
              static_cast<long long>(found.st_size), static_cast<long long>(found.st_mode)}) {
            text += std::to_string(part) + ' ';
        }
    }
    return text;
}

Result<std::shared_ptr<const TlsIdentity>> RenewedIdentity::read() const {
    TlsMaterial material;
    auto certificate = read_config_file(files_.certificate, largest_file);
    if (!certificate) return unusable(files_.certificate + ' ' + certificate.error().what());
    material.certificate = std::move(certificate->bytes);
    auto key = read_config_file(files_.key, largest_file);
    if (!key) return unusable(files_.key + ' ' + key.error().what());
    material.key = Secret(std::move(key->bytes));
    if (const auto trouble = secret_file_trouble(key->mode, key->owner, geteuid()))
        return unusable(files_.key + ' ' + trouble->wrong + "; " + trouble->advice);
    if (!files_.client_ca.empty()) {
        auto authorities = read_config_file(files_.client_ca, largest_file);
        if (!authorities) return unusable(files_.client_ca + ' ' + authorities.error().what());
        material.client_ca = std::move(authorities->bytes);
        // An empty one must not mean that nobody is asked.
        if (material.client_ca.empty()) return unusable(files_.client_ca + " is empty");
    }
    auto made = TlsIdentity::make(material);
    if (!made) return unusable(made.error().what());
    return made;
}

std::shared_ptr<const TlsIdentity> RenewedIdentity::current() {
    const auto now = std::chrono::steady_clock::now();
    if (now - looked_ < look_again_) return identity_;
    looked_ = now;
    std::string found = stamp();
    if (found == stamp_) return identity_;
    stamp_ = std::move(found);
    auto renewed = read();
    if (renewed) {
        identity_ = std::move(*renewed);
        log_.info("another certificate is shown", {{"file", files_.certificate}});
    } else {
        log_.warn(
            "a new certificate cannot be used; the one before stays", {{"error", renewed.error().what()}}
        );
    }
    return identity_;
}

}  // namespace fairway
