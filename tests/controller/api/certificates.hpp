#pragma once

#include <memory>
#include <string>
#include <vector>

namespace fairway::testing {

/// How a certificate is made; good for 127.0.0.1 and localhost unless changed.
struct Recipe {
    std::string names = "IP:127.0.0.1,DNS:localhost";  ///< as subjectAltName; empty for none
    std::string raw_name;                              ///< one DNS name, byte for byte, instead
    std::string common_name = "test";
    long from_s = -3600, until_s = 24L * 3600;  ///< from now
    std::string usage = "serverAuth";
    int rsa_bits = 0;  ///< 0: an elliptic curve
    std::string digest = "SHA256";
    bool authority = false;
};

/// A certificate and its key, with what it was signed by.
class Made {
public:
    /// Signed by `issuer`, or by itself.
    explicit Made(const Recipe& recipe, const Made* issuer = nullptr);
    ~Made();
    const std::string& certificate() const { return certificate_; }
    const std::string& key() const { return key_; }
    /// A revocation list of this authority with these on it, in PEM.
    std::string revoke(const std::vector<const Made*>& which, long until_s = 24L * 3600) const;

private:
    struct State;
    std::unique_ptr<State> state_;
    std::string certificate_, key_;
};

}  // namespace fairway::testing
