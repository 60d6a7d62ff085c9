#include "controller/app/config/config_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <system_error>

#include "reconciler/model/secret.hpp"

namespace fairway {
namespace {

namespace fs = std::filesystem;

class Descriptor {
public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return number_; }

private:
    int number_;
};

Error refusal(std::string what) {
    return {ErrorClass::terminal, ErrorReason::validation, std::move(what)};
}

Error last_error() {
    return refusal(std::generic_category().message(errno));
}

}  // namespace

Result<FileContent> read_config_file(const std::string& path, std::size_t limit) {
    const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (file.get() < 0) return last_error();
    struct stat status {};
    if (fstat(file.get(), &status) != 0) return last_error();
    if (S_ISDIR(status.st_mode)) return refusal("is a directory");
    if (!S_ISREG(status.st_mode)) return refusal("is no regular file");
    FileContent out;
    out.mode = status.st_mode & 07777;
    out.owner = status.st_uid;
    // Straight into a text that moves only where the file is larger than it said: it may hold a secret,
    // and nothing of it is to stay behind.
    std::size_t used = 0;
    const auto told = static_cast<std::size_t>(std::max<off_t>(status.st_size, 0));
    out.bytes.resize(std::min(told, limit) + 1);
    while (true) {
        if (used > limit) {
            wipe(out.bytes);
            return refusal("is larger than " + std::to_string(limit) + " bytes");
        }
        if (used == out.bytes.size()) {
            std::string larger(std::min(2 * used, limit + 1), '\0');
            std::copy(out.bytes.begin(), out.bytes.end(), larger.begin());
            wipe(out.bytes);
            out.bytes = std::move(larger);
        }
        const ssize_t count = read(file.get(), out.bytes.data() + used, out.bytes.size() - used);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return last_error();
        if (count == 0) break;
        used += static_cast<std::size_t>(count);
    }
    out.bytes.resize(used);
    return out;
}

bool others_can_write(const std::string& folder) {
    struct stat status {};
    return stat(folder.c_str(), &status) == 0 && (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

std::string state_folder_trouble(const std::string& folder) {
    struct stat status {};
    if (stat(folder.c_str(), &status) != 0) return {};
    if (!S_ISDIR(status.st_mode)) return folder + " is no directory";
    if (others_can_write(folder)) return "others can write to " + folder;
    if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) return "others can look into " + folder;
    return {};
}

long file_system_of(const std::string& folder) {
    struct statfs facts {};
    return statfs(folder.c_str(), &facts) == 0 ? static_cast<long>(facts.f_type) : 0;
}

std::string_view network_file_system(long kind) {
    struct Known {
        long kind;
        std::string_view name;
    };
    static constexpr std::array<Known, 9> known{{
        {0x6969, "NFS"},
        {0x517B, "SMB"},
        {0xFF534D42, "CIFS"},
        {0xFE534D42, "SMB2"},
        {0x00C36400, "Ceph"},
        {0x01021997, "9p"},
        {0x5346414F, "AFS"},
        {0x19830326, "BeeGFS"},
        {0x0BD00BD0, "Lustre"},
    }};
    for (const auto& [number, name] : known) {
        if (number == kind) return name;
    }
    return {};
}

std::string resolve_path(const std::string& folder, const std::string& path) {
    return (fs::path(folder) / path).lexically_normal().string();
}

bool is_within(const std::string& path, const std::string& folder) {
    std::error_code ignored;
    const fs::path inner = fs::weakly_canonical(path, ignored),
                   outer = fs::weakly_canonical(folder, ignored);
    if (inner.empty() || outer.empty()) return false;
    return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

}  // namespace fairway
