#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/api/endpoint.hpp"
#include "controller/api/http_message.hpp"
#include "reconciler/model/time.hpp"

namespace fairway {

/// Names and values of a query, unescaped.
using Query = std::vector<std::pair<std::string, std::string>>;

/// Escapes everything but A-Z a-z 0-9 - _ . ~, byte by byte.
std::string percent_encode(std::string_view text);
/// `path` and `query` as a request target; `path` is taken as it is.
std::string request_target(std::string_view path, const Query& query);
/// "20260115T083000Z", as X-Sdk-Date wants it.
std::string sdk_date(WallTime now);

/// The parts of a request that a signature covers. `fields` are those to be signed, x-sdk-date among
/// them.
struct SignedRequest {
    std::string_view method;
    std::string_view path;  ///< unescaped
    const Query& query;
    const std::vector<HttpField>& fields;
    std::string_view body;
};

/// SDK-HMAC-SHA256: what is hashed ...
std::string canonical_request(const SignedRequest& request);
/// ... and what the hash is wrapped in before it is signed.
std::string string_to_sign(std::string_view canonical, std::string_view date);

/// Signs with one secret key. Pure: the same request and date give the same signature.
class Signer {
public:
    explicit Signer(const AccessKey& key);
    ~Signer();
    Signer(Signer&&) noexcept;
    /// The value of the Authorization header.
    std::string authorization(const SignedRequest& request, std::string_view date) const;

private:
    struct Mac;
    Secret access_key_;
    std::unique_ptr<Mac> mac_;
};

}  // namespace fairway
