#include "controller/app/config/file_stamps.hpp"

#include <sys/stat.h>

namespace fairway {

void FileStamps::add(const std::string& file) {
    Stamp& stamp = stamps_.emplace_back();
    stamp.file = file;
    struct stat found {};
    if (stat(file.c_str(), &found) != 0) return;
    stamp.modified_s = found.st_mtim.tv_sec;
    stamp.modified_ns = found.st_mtim.tv_nsec;
    stamp.changed_s = found.st_ctim.tv_sec;  // a mode that was put right counts too
    stamp.changed_ns = found.st_ctim.tv_nsec;
    stamp.size = found.st_size;
    stamp.device = found.st_dev;
    stamp.inode = found.st_ino;
}

FileStamps FileStamps::anew() const {
    FileStamps now;
    for (const Stamp& stamp : stamps_) now.add(stamp.file);
    return now;
}

std::vector<std::string> FileStamps::files() const {
    std::vector<std::string> files;
    for (const Stamp& stamp : stamps_) files.push_back(stamp.file);
    return files;
}

}  // namespace fairway
