#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "controller/app/config/config.hpp"
#include "controller/listener/tls_identity.hpp"
#include "controller/log/log.hpp"
#include "reconciler/model/time.hpp"

namespace fairway {

/// The certificate that the listener shows, read again when its files change. What is half written or
/// does not fit is told once, and the one before stays. One thread only, after open().
class RenewedIdentity {
public:
    /// The files are looked at no more often than that.
    static Result<std::shared_ptr<RenewedIdentity>> open(
        ServerTls files, Log& log, Duration look_again = std::chrono::seconds(2)
    );
    std::shared_ptr<const TlsIdentity> current();

private:
    RenewedIdentity(ServerTls files, Log& log, Duration look_again)
        : files_(std::move(files)), log_(log), look_again_(look_again) {}
    std::string stamp() const;

    ServerTls files_;
    Log& log_;
    const Duration look_again_;
    std::shared_ptr<const TlsIdentity> identity_;
    std::string stamp_;
    std::chrono::steady_clock::time_point looked_ = std::chrono::steady_clock::now();
};

}  // namespace fairway
