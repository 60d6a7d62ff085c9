#include "controller/app/version.hpp"

namespace fairway {

std::string version() {
    return FAIRWAY_VERSION;
}
std::string source_revision() {
    return FAIRWAY_REVISION;
}

std::string compiler() {
#if defined(__clang__)
    return "clang-" + std::to_string(__clang_major__) + "." + std::to_string(__clang_minor__);
#else
    return "gcc-" + std::to_string(__GNUC__) + "." + std::to_string(__GNUC_MINOR__);
#endif
}

std::string version_line() {
    return "fairway " + version() + " (revision " + source_revision() + ", " + compiler() + ")";
}

}  // namespace fairway
