#pragma once

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstddef>
#include <cstring>
#include <new>

#include "reconciler/model/secret.hpp"

namespace fairway {

/// Gives RapidJSON memory that is wiped before it goes back: what is written may hold a secret, and a
/// buffer that grows leaves its text behind.
class WipingAllocator {
public:
    static const bool kNeedFree = true;
    static const bool kRefCounted = false;

    void* Malloc(std::size_t size) {  // NOLINT(readability-identifier-naming)
        if (size == 0) return nullptr;
        auto* block = static_cast<char*>(::operator new(size + room));
        std::memcpy(block, &size, sizeof size);
        return block + room;
    }
    void* Realloc(void* old, std::size_t had, std::size_t size) {  // NOLINT
        void* fresh = Malloc(size);
        if (fresh != nullptr && old != nullptr) std::memcpy(fresh, old, had < size ? had : size);
        Free(old);
        return fresh;
    }
    static void Free(void* bytes) noexcept {  // NOLINT
        if (bytes == nullptr) return;
        char* block = static_cast<char*>(bytes) - room;
        std::size_t size = 0;
        std::memcpy(&size, block, sizeof size);
        wipe(block + room, size);
        ::operator delete(block);
    }
    bool operator==(const WipingAllocator&) const { return true; }

private:
    static constexpr std::size_t room = alignof(std::max_align_t);
};

using WipedBuffer = rapidjson::GenericStringBuffer<rapidjson::UTF8<>, WipingAllocator>;
using WipedWriter = rapidjson::Writer<WipedBuffer>;

}  // namespace fairway
