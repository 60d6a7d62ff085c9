#pragma once

#include <cstddef>
#include <string>

namespace fairway {

/// Looks at every block of memory of this program when it is freed, before it goes back.
class FreedMemory {
public:
    /// From here on, looks for `canary`.
    explicit FreedMemory(std::string canary);
    ~FreedMemory();
    FreedMemory(const FreedMemory&) = delete;
    FreedMemory& operator=(const FreedMemory&) = delete;

    /// How many blocks still held it.
    static std::size_t hits();
    /// How many were looked at.
    static std::size_t blocks();
};

/// Somebody may look at it: what is never seen is never put into memory by a compiler that knows.
void seen(const void* thing);

}  // namespace fairway
