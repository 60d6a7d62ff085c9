#include "tests/manifests/directory/tree.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <stdexcept>

namespace fairway::test {
namespace fs = std::filesystem;

Tree::Tree() {
    std::string pattern = (fs::temp_directory_path() / "fairway-tree-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = pattern;
    chmod(path_.c_str(), 0755);
}

Tree::~Tree() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

void Tree::write(std::string_view name, std::string_view text) const {
    const fs::path file = *this / name;
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

void Tree::replace(std::string_view name, std::string_view text) const {
    const std::string temporary = (fs::path(*this / name).parent_path() / ".new").string();
    std::ofstream(temporary, std::ios::binary) << text;
    fs::rename(temporary, *this / name);
}

void Tree::settle() const {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    now.tv_sec -= 60;
    const timespec times[2] = {now, now};
    utimensat(AT_FDCWD, path_.c_str(), times, 0);
    for (const auto& entry : fs::recursive_directory_iterator(path_)) {
        utimensat(AT_FDCWD, entry.path().c_str(), times, AT_SYMLINK_NOFOLLOW);
    }
}

void Tree::publish(
    std::string_view directory, const std::vector<std::pair<std::string, std::string>>& files
) {
    const fs::path volume = *this / directory;
    fs::create_directories(volume);
    const std::string old = generation_ > 0 ? "..g" + std::to_string(generation_) : "";
    const std::string next = "..g" + std::to_string(++generation_);
    fs::create_directory(volume / next);
    for (const auto& [name, text] : files) std::ofstream(volume / next / name, std::ios::binary) << text;
    fs::create_symlink(next, volume / "..data_tmp");
    fs::rename(volume / "..data_tmp", volume / "..data");
    for (const auto& [name, text] : files) {
        if (!fs::is_symlink(volume / name)) fs::create_symlink("..data/" + name, volume / name);
    }
    if (!old.empty()) fs::remove_all(volume / old);
}

std::string manifest(std::string_view name, int port) {
    return "apiVersion: fairway/v1\nkind: VpcChannel\nmetadata: {name: " + std::string(name) +
           "}\nspec:\n  port: " + std::to_string(port) +
           "\n  member_type: ip\n  members: [{host: 192.168.0.5, weight: 1}]\n"
           "  instance_ids: [eea73cde015940908ae0117d67bf7330]\n";
}

std::vector<std::string> names(const ManifestSnapshot& snapshot) {
    std::vector<std::string> result;
    for (const auto& [key, manifest] : snapshot.manifests) result.push_back(key.name);
    return result;
}

int port_of(const ManifestSnapshot& snapshot, const std::string& name) {
    const auto* found = snapshot.find({"default", name});
    return found == nullptr ? 0 : found->spec.port;
}

}  // namespace fairway::test
