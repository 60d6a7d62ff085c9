#pragma once

#include <string>

#include "controller/store/store_host.hpp"

namespace fairway {

/// After a process that did not close the store `path`: writes once more what can be read of its files,
/// and syncs it. A sync that failed may have left less on the disk than can be read, and no later sync
/// makes up for it: what is written behind it would be lost in a power cut.
Result<> rewrite_after_unclean_end(StoreHost& host, const std::string& path);

}  // namespace fairway
