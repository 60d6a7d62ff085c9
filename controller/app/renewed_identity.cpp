#include "controller/app/renewed_identity.hpp"

#include <sys/stat.h>

#include <utility>

#include "controller/app/config/server_identity.hpp"

namespace fairway {

Result<std::shared_ptr<RenewedIdentity>> RenewedIdentity::open(
    ServerTls files, Log& log, Duration look_again
) {
    std::shared_ptr<RenewedIdentity> made(new RenewedIdentity(std::move(files), log, look_again));
    made->stamp_ = made->stamp();
    auto identity = read_identity(made->files_);
    if (!identity) return Error(identity.error()).in("server.tls");
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

std::shared_ptr<const TlsIdentity> RenewedIdentity::current() {
    const auto now = std::chrono::steady_clock::now();
    if (now - looked_ < look_again_) return identity_;
    looked_ = now;
    std::string found = stamp();
    if (found == stamp_) return identity_;
    stamp_ = std::move(found);
    auto renewed = read_identity(files_);
    if (renewed) {
        identity_ = std::move(*renewed);
        log_.info("another certificate is shown", {{"file", files_.certificate}});
    } else {
        log_.warn(
            "a new certificate cannot be used; the one before stays",
            {{"error", "server.tls: " + renewed.error().what()}}
        );
    }
    return identity_;
}

}  // namespace fairway
