#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "controller/store/file_lock.hpp"
#include "reconciler/model/error.hpp"

namespace fairway {

/// A file beside the database, open as long as it lives. What fails says false, for the store
/// itself is what counts.
class SideFile {
public:
    virtual ~SideFile() = default;
    /// What it holds, or its first `most` bytes; nothing where it cannot be read.
    virtual std::optional<std::string> read(std::size_t most) = 0;
    virtual bool append(std::string_view text) = 0;
    /// Writes over it from its beginning, and cuts off what is behind.
    virtual bool replace(std::string_view text) = 0;
    /// What was written survives a power cut, if its name does: sync_names().
    virtual bool sync() = 0;
    /// Writes what it holds over itself, and syncs it.
    virtual bool rewrite() = 0;
};

/// Where the store's work is done, one call at a time.
class StoreRunner {
public:
    virtual ~StoreRunner() = default;
    /// From now on each wake() is followed by a call of `work`; several may be followed by one.
    virtual void start(std::function<void()> work) = 0;
    /// From any thread; returns at once.
    virtual void wake() = 0;
    /// Returns when `work` is not called any more; the last call comes after this one began.
    virtual void stop() = 0;
};

/// What the store needs of the machine that it is on.
class StoreHost {
public:
    enum class Use : std::uint8_t {
        look,    ///< a file that is missing is an error: not_found
        change,  ///< the same, for one that is written
        make,    ///< it is made, for its owner only
    };
    virtual ~StoreHost() = default;
    /// SQLite's name of the file system; null: its own.
    virtual const char* file_system() const = 0;
    /// Makes sure that `path` may be opened as our store; see prepare_store_file().
    virtual Result<> prepare(const std::string& path, bool read_only) = 0;
    /// The right to write the store `path`; see FileLock. Nothing where nobody else can have it.
    virtual Result<std::optional<FileLock>> lock(const std::string& path) = 0;
    virtual Result<std::unique_ptr<SideFile>> open(const std::string& path, Use use) = 0;
    virtual void remove(const std::string& path) = 0;
    /// What was made or removed in the directory of `path` survives a power cut.
    virtual bool sync_names(const std::string& path) = 0;
    virtual std::unique_ptr<StoreRunner> runner() = 0;
};

/// The real one. The store's work is done in a thread of its own.
StoreHost& this_machine();

}  // namespace fairway
