#include "controller/store/store_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace fairway {
namespace {

class Descriptor {
public:
    Descriptor(const std::string& path, int flags)
        : value_(open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (value_ >= 0) close(value_);
    }
    explicit operator bool() const { return value_ >= 0; }
    int get() const { return value_; }

private:
    int value_;
};

Error unusable(const std::string& path, const std::string& why) {
    return {ErrorClass::terminal, ErrorReason::internal, "the store " + path + ": " + why};
}

Error system_error(const std::string& path) {
    return unusable(path, std::generic_category().message(errno));
}

std::string directory_of(const std::string& path) {
    const auto parent = std::filesystem::path(path).parent_path();
    return parent.empty() ? "." : parent.string();
}

Result<> make(const std::string& path) {
    const std::string directory = directory_of(path);
    if (std::error_code failure; !std::filesystem::is_directory(directory, failure)) {
        return unusable(path, "the directory " + directory + " does not exist");
    }
    const Descriptor file(path, O_RDWR | O_CREAT | O_EXCL);
    if (!file) return system_error(path);
    // The name must survive a power cut, as what is written below it will.
    if (!sync_directory_of(path)) return system_error(path);
    return {};
}

}  // namespace

bool sync_directory_of(const std::string& path) {
    const Descriptor parent(directory_of(path), O_RDONLY | O_DIRECTORY);
    return parent && fsync(parent.get()) == 0;
}

Result<> prepare_store_file(const std::string& path, bool read_only) {
    struct stat facts {};
    if (stat(path.c_str(), &facts) != 0) {
        if (errno != ENOENT) return system_error(path);
        if (!read_only) return make(path);
        return Error(
            ErrorClass::not_found, ErrorReason::not_found,
            "the store " + path + " does not exist: nothing was run with it yet"
        );
    }
    if (!S_ISREG(facts.st_mode)) return unusable(path, "not a regular file");
    if ((facts.st_mode & 077) != 0) {
        return unusable(path, "others than its owner can read or write it; run: chmod 600 " + path);
    }
    const Descriptor file(path, read_only ? O_RDONLY : O_RDWR);
    if (!file) return system_error(path);
    std::array<char, 16> start{};
    const auto length = read(file.get(), start.data(), start.size());
    if (length < 0) return system_error(path);
    // Nothing but a database is touched. An empty file is a store that was not begun.
    constexpr std::string_view magic("SQLite format 3\0", 16);
    if (length != 0 && std::string_view(start.data(), static_cast<std::size_t>(length)) != magic) {
        return unusable(path, "not a database of Fairway; name another file");
    }
    return {};
}

}  // namespace fairway
