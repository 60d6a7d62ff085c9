#include "tests/simulation/sim_vfs.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace fairway::sim {
namespace {

using Io = SimDisk::Io;

/// What SQLite has open. It gives the memory, so what is in it is made and ended by hand.
struct Handle {
    sqlite3_file base;
    SimVfs* vfs;
    unsigned process;
    SimDisk::FilePtr file;
    std::shared_ptr<SimVfs::Shared> shared;
    bool new_name;  ///< the name is to be synced with the first sync, as SQLite does with its logs

    SimDisk& disk() const { return vfs->disk(); }
};

Handle& of(sqlite3_file* file) {
    return *reinterpret_cast<Handle*>(file);
}

SimVfs::Shared& shared_of(Handle& handle) {
    if (!handle.shared) handle.shared = handle.vfs->shared_of(handle.file);
    return *handle.shared;
}

SimVfs& of(sqlite3_vfs* vfs) {
    return *static_cast<SimVfs*>(vfs->pAppData);
}

int code(Io io, int failed) {
    return io == Io::done ? SQLITE_OK : io == Io::full ? SQLITE_FULL : failed;
}

int close(sqlite3_file* file) {
    Handle& handle = of(file);
    handle.file->locks.erase(&handle);
    handle.file.~shared_ptr();
    handle.shared.~shared_ptr();
    return SQLITE_OK;
}

int read(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
    Handle& handle = of(file);
    const auto wanted = static_cast<std::size_t>(size);
    const auto bytes =
        handle.disk().read(handle.process, *handle.file, static_cast<std::size_t>(at), wanted);
    if (!bytes) return SQLITE_IOERR_READ;
    std::copy(bytes->begin(), bytes->end(), static_cast<char*>(to));
    if (bytes->size() == wanted) return SQLITE_OK;
    std::memset(static_cast<char*>(to) + bytes->size(), 0, wanted - bytes->size());
    return SQLITE_IOERR_SHORT_READ;
}

int write(sqlite3_file* file, const void* from, int size, sqlite3_int64 at) {
    Handle& handle = of(file);
    const std::string_view bytes(static_cast<const char*>(from), static_cast<std::size_t>(size));
    return code(
        handle.disk().write(handle.process, *handle.file, static_cast<std::size_t>(at), bytes),
        SQLITE_IOERR_WRITE
    );
}

int truncate(sqlite3_file* file, sqlite3_int64 size) {
    Handle& handle = of(file);
    return code(
        handle.disk().truncate(handle.process, *handle.file, static_cast<std::size_t>(size)),
        SQLITE_IOERR_TRUNCATE
    );
}

int sync(sqlite3_file* file, int) {
    Handle& handle = of(file);
    const Io io = handle.disk().sync(handle.process, *handle.file);
    if (io == Io::done && std::exchange(handle.new_name, false))
        return code(handle.disk().sync_names(handle.process), SQLITE_IOERR_DIR_FSYNC);
    return code(io, SQLITE_IOERR_FSYNC);
}

int file_size(sqlite3_file* file, sqlite3_int64* size) {
    *size = static_cast<sqlite3_int64>(of(file).file->now.size());
    return SQLITE_OK;
}

/// Whether another connection has the file at this level, or above.
bool others_hold(const Handle& handle, int level) {
    const auto& locks = handle.file->locks;
    return std::any_of(locks.begin(), locks.end(), [&](const auto& lock) {
        return lock.first != &handle && lock.second >= level;
    });
}

int lock(sqlite3_file* file, int level) {
    Handle& handle = of(file);
    const int blocker = level == SQLITE_LOCK_SHARED      ? SQLITE_LOCK_PENDING
                        : level == SQLITE_LOCK_EXCLUSIVE ? SQLITE_LOCK_SHARED
                                                         : SQLITE_LOCK_RESERVED;
    if (others_hold(handle, blocker)) return SQLITE_BUSY;
    int& held = handle.file->locks[&handle];
    held = std::max(held, level);
    return SQLITE_OK;
}

int unlock(sqlite3_file* file, int level) {
    of(file).file->locks[&of(file)] = level;
    return SQLITE_OK;
}

int check_reserved(sqlite3_file* file, int* reserved) {
    *reserved = others_hold(of(file), SQLITE_LOCK_RESERVED) ? 1 : 0;
    return SQLITE_OK;
}

int control(sqlite3_file*, int, void*) {
    return SQLITE_NOTFOUND;
}

int sector_size(sqlite3_file*) {
    return 4096;
}

// As SQLite's own has it.
int characteristics(sqlite3_file*) {
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

int shm_map(sqlite3_file* file, int region, int size, int extend, void volatile** to) {
    auto& regions = shared_of(of(file)).regions;
    *to = nullptr;
    if (static_cast<std::size_t>(size) != sizeof(*regions.front())) return SQLITE_IOERR_SHMSIZE;
    if (static_cast<std::size_t>(region) >= regions.size()) {
        if (extend == 0) return SQLITE_OK;
        while (static_cast<std::size_t>(region) >= regions.size())
            regions.push_back(std::make_unique<std::array<std::byte, 32768>>());
    }
    *to = regions[static_cast<std::size_t>(region)]->data();
    return SQLITE_OK;
}

int shm_lock(sqlite3_file* file, int from, int count, int flags) {
    Handle& handle = of(file);
    SimVfs::Shared& shared = shared_of(handle);
    const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0, take = (flags & SQLITE_SHM_LOCK) != 0;
    constexpr int write_lock = 0;
    if (take && exclusive && from == write_lock && handle.disk().busy(handle.process))
        return SQLITE_BUSY;
    const auto first = static_cast<std::size_t>(from), end = first + static_cast<std::size_t>(count);
    for (std::size_t i = first; take && i < end; ++i) {
        const auto& readers = shared.readers[i];
        const bool read_by_others = readers.size() > (readers.contains(&handle) ? 1u : 0u);
        const bool written_by_others = shared.writer[i] != nullptr && shared.writer[i] != &handle;
        if (written_by_others || (exclusive && read_by_others)) return SQLITE_BUSY;
    }
    for (std::size_t i = first; i < end; ++i) {
        if (exclusive) {
            shared.writer[i] = take ? &handle : nullptr;
        } else if (take) {
            shared.readers[i].insert(&handle);
        } else {
            shared.readers[i].erase(&handle);
        }
    }
    return SQLITE_OK;
}

void shm_barrier(sqlite3_file*) {}

int shm_unmap(sqlite3_file* file, int) {
    of(file).shared.reset();
    return SQLITE_OK;
}

const sqlite3_io_methods methods{
    2,         close,          read,    write,       truncate,        sync,    file_size, lock,
    unlock,    check_reserved, control, sector_size, characteristics, shm_map, shm_lock,  shm_barrier,
    shm_unmap, nullptr,        nullptr};

int open(sqlite3_vfs* sqlite_vfs, const char* name, sqlite3_file* file, int flags, int* given) {
    SimVfs& vfs = of(sqlite_vfs);
    file->pMethods = nullptr;
    SimDisk::FilePtr found;
    bool made = false;
    if (name == nullptr) {
        found = std::make_shared<SimDisk::File>();  // for SQLite itself, and never to be seen again
    } else {
        if (!vfs.disk().alive(vfs.process())) return SQLITE_CANTOPEN;
        found = vfs.disk().find(name);
        if (!found && (flags & SQLITE_OPEN_CREATE) != 0) {
            found = vfs.disk().make(vfs.process(), name);
            made = true;
        }
        if (!found) return SQLITE_CANTOPEN;
    }
    constexpr int logs = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL;
    new (file)
        Handle{{&methods}, &vfs, vfs.process(), std::move(found), nullptr, made && (flags & logs) != 0};
    if (given != nullptr) *given = flags;
    return SQLITE_OK;
}

int remove(sqlite3_vfs* vfs, const char* name, int sync_names) {
    SimDisk& disk = of(vfs).disk();
    const unsigned process = of(vfs).process();
    if (!disk.find(name)) return SQLITE_IOERR_DELETE_NOENT;
    Io io = disk.remove(process, name);
    if (io == Io::done && sync_names != 0) io = disk.sync_names(process);
    return code(io, SQLITE_IOERR_DELETE);
}

int access(sqlite3_vfs* vfs, const char* name, int flags, int* result) {
    const auto file = of(vfs).disk().find(name);
    *result = file && (flags != SQLITE_ACCESS_EXISTS || !file->now.empty()) ? 1 : 0;
    return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* name, int size, char* to) {
    if (std::strlen(name) >= static_cast<std::size_t>(size)) return SQLITE_CANTOPEN;
    std::strcpy(to, name);
    return SQLITE_OK;
}

int randomness(sqlite3_vfs*, int size, char* to) {
    std::memset(to, 0, static_cast<std::size_t>(size));
    return size;
}

int sleep(sqlite3_vfs* vfs, int micros) {
    of(vfs).disk().slept(Duration(micros));
    return micros;
}

int current_time(sqlite3_vfs*, double* days) {
    *days = 2461000.5;  // nothing of ours asks
    return SQLITE_OK;
}

int last_error(sqlite3_vfs*, int, char*) {
    return 0;
}

}  // namespace

SimVfs::SimVfs(SimDisk& disk) : disk_(disk) {
    vfs_.iVersion = 1;
    vfs_.szOsFile = sizeof(Handle);
    vfs_.mxPathname = 256;
    vfs_.zName = name;
    vfs_.pAppData = this;
    vfs_.xOpen = open;
    vfs_.xDelete = remove;
    vfs_.xAccess = access;
    vfs_.xFullPathname = full_path;
    vfs_.xRandomness = randomness;
    vfs_.xSleep = sleep;
    vfs_.xCurrentTime = current_time;
    vfs_.xGetLastError = last_error;
    sqlite3_vfs_register(&vfs_, 0);
}

SimVfs::~SimVfs() {
    sqlite3_vfs_unregister(&vfs_);
}

void SimVfs::begins(unsigned process) {
    process_ = process;
    shared_.clear();
}

std::shared_ptr<SimVfs::Shared> SimVfs::shared_of(const SimDisk::FilePtr& file) {
    auto& shared = shared_[file];
    if (!shared) shared = std::make_shared<Shared>();
    return shared;
}

}  // namespace fairway::sim
