#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace fairway {

/// A folder of one's own, 0700, that goes with the object.
class TempDir {
public:
    TempDir() {
        std::string name = (std::filesystem::temp_directory_path() / "fairway-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = name;
    }
    ~TempDir() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    const std::string& path() const { return path_; }
    std::string file(std::string_view name) const { return path_ + "/" + std::string(name); }
    /// Writes a file below the folder, through a rename as editors do, with the mode given.
    std::string write(
        std::string_view name, std::string_view text,
        std::filesystem::perms mode = std::filesystem::perms::owner_read |
                                      std::filesystem::perms::owner_write
    ) const {
        namespace fs = std::filesystem;
        const std::string target = file(name);
        fs::create_directories(fs::path(target).parent_path());
        const std::string unfinished = fs::path(target).parent_path().string() + "/.unfinished";
        {
            std::ofstream out(unfinished, std::ios::binary);
            out << text;
        }
        fs::permissions(unfinished, mode);
        fs::rename(unfinished, target);
        return target;
    }

private:
    std::string path_;
};

}  // namespace fairway
