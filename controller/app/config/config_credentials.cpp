#include "controller/app/config/config_credentials.hpp"

#include <array>
#include <chrono>
#include <utility>

#include "controller/app/config/config_values.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

Credentials read_key(Fields& credentials, ConfigPlace& place) {
    AccessKey out;
    if (auto key = read_secret(credentials, "access_key", place, Need::required))
        out.access_key = std::move(*key);
    if (auto key = read_secret(credentials, "secret_key", place, Need::required))
        out.secret_key = std::move(*key);
    out.security_token = read_secret(credentials, "security_token", place, Need::optional);
    return out;
}

Credentials read_login(Fields& credentials, ConfigPlace& place) {
    Password out;
    out.user = credentials.text("user", rules::user, Need::required).value_or("");
    out.domain = credentials.text("domain", rules::domain, Need::required).value_or("");
    if (auto password = read_secret(credentials, "password", place, Need::required))
        out.password = std::move(*password);
    return out;
}

Agency read_agency(Fields& agency, bool by_key) {
    Agency out;
    out.name = agency.text("name", rules::agency, Need::required).value_or("");
    out.domain = agency.text("domain", rules::domain).value_or("");
    out.domain_id = agency.text("domain_id", rules::cloud_project_id).value_or("");
    const bool by_name = agency.has("domain"), by_id = agency.has("domain_id");
    if (by_name == by_id && agency.readable()) {
        agency.findings().error(
            by_id ? agency.node().find("domain_id")->at : agency.node().at,
            agency.path(by_id ? "domain_id" : "domain"), by_id ? "stands beside domain" : "is missing",
            "name the account that gives the role, by domain or by domain_id"
        );
    }
    if (!by_key && agency.has("duration")) {
        agency.know("duration");
        agency.error("duration", "is for temporary keys, and a user gets a token", "leave it out");
    } else {
        out.duration = read_duration(agency, "duration", 15min, 24h).value_or(out.duration);
    }
    agency.finish();
    return out;
}

}  // namespace

void read_credentials(Fields& project, ConfigPlace& place, ProjectEndpoint& out) {
    static constexpr std::array<std::string_view, 3> of_key{
        "access_key", "secret_key", "security_token"};
    static constexpr std::array<std::string_view, 3> of_login{"user", "domain", "password"};
    auto credentials = project.mapping("credentials", Need::required);
    if (!credentials) return;
    const auto any_of = [&](const auto& keys) {
        for (const auto key : keys) {
            if (credentials->has(key)) return true;
        }
        return false;
    };
    const bool key = any_of(of_key), login = any_of(of_login);
    if (key && login) {
        credentials->findings().error(
            credentials->node().at, project.path("credentials"), "hold an access key and a password",
            "keep one of them"
        );
    }
    if (key || !login) out.credentials = read_key(*credentials, place);
    if (login) out.credentials = read_login(*credentials, place);
    if (auto agency = credentials->mapping("agency")) out.agency = read_agency(*agency, !login);
    credentials->finish();
}

}  // namespace fairway
