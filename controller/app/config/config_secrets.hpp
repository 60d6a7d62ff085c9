#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "controller/app/config/config.hpp"
#include "controller/app/config/file_stamps.hpp"
#include "manifests/field_reader.hpp"

namespace fairway {

/// Where the configuration file's paths and secrets come from.
struct ConfigPlace {
    std::string folder;
    const Environment& environment;
    std::vector<std::string> secret_variables = {};  ///< grows with each {env: NAME} that is read
    std::optional<EnvironmentProxy> environment_proxy = {};  ///< the one that was found
    FileStamps files = {};  ///< grows with each file, as it was before it is read
};

/// Who put a secret file where it is. systemd gives a service its credentials by an access list, which
/// shows as a right of the group.
enum class SecretKeeper : std::uint8_t { people, systemd };

/// Who put this one there.
SecretKeeper keeper_of(const std::string& path, const ConfigPlace& place);

/// The file that `{file: PATH}` or `{credential: NAME}` stands for; empty for another reference.
std::string secret_path(const YamlNode& reference, const ConfigPlace& place);

/// Why a file of this mode and owner must not hold a secret of the user `us`.
std::optional<Complaint> secret_file_trouble(
    mode_t mode, uid_t owner, uid_t us, SecretKeeper keeper = SecretKeeper::people
);

/// Most secrets are one line; a key in PEM form has several.
enum class SecretForm : std::uint8_t { line, lines };

/// Reads `{file: PATH}`, `{credential: NAME}` or `{env: NAME}` at `key`, and the secret itself. Neither
/// a problem nor a log ever holds its value.
std::optional<Secret> read_secret(
    Fields& fields, std::string_view key, ConfigPlace& place, Need need,
    SecretForm form = SecretForm::line
);

/// The same for one that is sent in a header field, and that nobody may guess.
std::optional<Secret> read_token(Fields& fields, std::string_view key, ConfigPlace& place, Need need);

/// The same for a mapping that has one of these among other keys.
std::optional<Secret> read_secret_from(
    Fields& reference, ConfigPlace& place, SecretForm form = SecretForm::line
);

}  // namespace fairway
