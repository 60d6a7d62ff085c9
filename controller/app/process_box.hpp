#pragma once

#include <sys/types.h>

namespace fairway {

/// Makes the process one that tells nobody of its secrets: files it makes are its user's alone, it
/// leaves no core and cannot be traced by others of its user, and what it inherited goes to no child.
/// Before anything is read, and before there are threads.
void enter_process_box();

/// The umask that our caller had: for files that are made for people, such as exported manifests.
mode_t callers_umask();

}  // namespace fairway
