#include "controller/store/unclean_end.hpp"

#include <array>

namespace fairway {
namespace {

bool holds_something(StoreHost& host, const std::string& path) {
    const auto file = host.open(path, StoreHost::Use::look);
    if (!file) return false;
    const auto start = (*file)->read(1);
    return !start || !start->empty();
}

}  // namespace

Result<> rewrite_after_unclean_end(StoreHost& host, const std::string& path) {
    const std::string log = path + "-wal", journal = path + "-journal";
    if (!holds_something(host, log) && !holds_something(host, journal)) return {};
    for (const std::string& one : {path, log, journal}) {
        const auto file = host.open(one, StoreHost::Use::change);
        if (!file && file.error().cls() == ErrorClass::not_found) continue;
        if (!file) return file.error();
        if (!(*file)->rewrite()) {
            return Error(
                ErrorClass::terminal, ErrorReason::internal,
                "the file " + one +
                    " cannot be written and synced: the disk is full, or reports an error"
            );
        }
    }
    return {};
}

}  // namespace fairway
