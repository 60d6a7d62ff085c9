#pragma once

#include <cstddef>
#include <memory>

#include "reconciler/model/secret.hpp"

namespace fairway {

/// An allocator of memory that is wiped before it goes back.
template <class T>
struct WipingMemory {
    using value_type = T;
    WipingMemory() = default;
    template <class U>
    WipingMemory(const WipingMemory<U>& /*other*/) noexcept {}  // NOLINT: a conversion, as for all such

    T* allocate(std::size_t count) { return std::allocator<T>().allocate(count); }
    void deallocate(T* items, std::size_t count) noexcept {
        wipe(reinterpret_cast<char*>(items), count * sizeof(T));
        std::allocator<T>().deallocate(items, count);
    }
    template <class U>
    bool operator==(const WipingMemory<U>& /*other*/) const noexcept {
        return true;
    }
};

}  // namespace fairway
