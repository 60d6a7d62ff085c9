#include "tests/simulation/sim_disk.hpp"

#include <algorithm>

namespace fairway::sim {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t sector = 512;

/// How much of a write at `at` is done when it ends after half: whole sectors.
std::size_t half_of(std::size_t at, std::size_t size) {
    const std::size_t end = (at + size / 2) / sector * sector;
    return end > at ? end - at : 0;
}

}  // namespace

unsigned SimDisk::begins(Life& life) {
    life_ = &life;
    for (auto& [name, file] : names_) file->locks.clear();
    new_batch();
    return ++process_;
}

bool SimDisk::strikes(Fault fault) {
    if (quiet_ || !stage_.strikes(fault)) return false;
    ++struck_;
    return true;
}

bool SimDisk::passes(unsigned process, Op op, When when) {
    if (!alive(process)) return false;
    if (quiet_ || !life_->dies(op, when)) return true;
    dies();
    return false;
}

void SimDisk::apply(std::string& to, const Change& change) {
    if (change.cut) {
        to.resize(change.at);
        return;
    }
    if (to.size() < change.at + change.bytes.size()) to.resize(change.at + change.bytes.size());
    std::copy(
        change.bytes.begin(), change.bytes.end(), to.begin() + static_cast<std::ptrdiff_t>(change.at)
    );
}

void SimDisk::keep_some(File& file) {
    if (file.changes.empty()) return;
    const bool torn = stage_.strikes(Fault::disk_torn);
    const bool kept = !torn && stage_.strikes(Fault::disk_kept);
    if (!torn && !kept) stage_.trace.hit(Fault::disk_lost);
    if (kept) {
        for (const Change& change : file.changes) apply(file.durable, change);
    }
    if (torn) {
        const double share = chance_.real01();
        for (const Change& change : file.changes) {
            if (change.cut) {
                if (chance_.chance(share)) apply(file.durable, change);
                continue;
            }
            for (std::size_t from = 0; from < change.bytes.size();) {
                const std::size_t end = std::min(
                    change.bytes.size(), ((change.at + from) / sector + 1) * sector - change.at
                );
                if (chance_.chance(share))
                    apply(file.durable, {change.at + from, change.bytes.substr(from, end - from)});
                from = end;
            }
        }
    }
    file.changes.clear();
}

void SimDisk::power_cut() {
    // What is done to one name is done to all of a moment, or to some.
    std::map<std::string, FilePtr> after;
    for (const auto* side : {&names_, &durable_names_}) {
        for (const auto& [name, file] : *side) {
            if (after.contains(name)) continue;
            const FilePtr before = [&] {
                const auto it = durable_names_.find(name);
                return it == durable_names_.end() ? nullptr : it->second;
            }();
            const FilePtr now = find(name);
            after[name] = now != before && stage_.strikes(Fault::name_lost) ? before : now;
        }
    }
    std::erase_if(after, [](const auto& entry) { return entry.second == nullptr; });
    names_ = std::move(after);
    durable_names_ = names_;
    for (auto& [name, file] : names_) {
        keep_some(*file);
        file->now = file->durable;
    }
}

SimDisk::FilePtr SimDisk::find(const std::string& name) const {
    const auto it = names_.find(name);
    return it == names_.end() ? nullptr : it->second;
}

SimDisk::FilePtr SimDisk::make(unsigned process, const std::string& name) {
    if (FilePtr there = find(name)) return there;
    if (!passes(process, Op::disk_make, When::before) || strikes(Fault::store_full)) return nullptr;
    const FilePtr made = names_[name] = std::make_shared<File>();
    if (!passes(process, Op::disk_make, When::effect)) return nullptr;
    return passes(process, Op::disk_make, When::reply) ? made : nullptr;
}

SimDisk::Io SimDisk::remove(unsigned process, const std::string& name) {
    if (!passes(process, Op::disk_remove, When::before)) return Io::failed;
    names_.erase(name);
    if (!passes(process, Op::disk_remove, When::effect)) return Io::failed;
    return passes(process, Op::disk_remove, When::reply) ? Io::done : Io::failed;
}

SimDisk::Io SimDisk::sync_names(unsigned process) {
    if (!passes(process, Op::disk_sync, When::before)) return Io::failed;
    durable_names_ = names_;
    return passes(process, Op::disk_sync, When::reply) ? Io::done : Io::failed;
}

std::optional<std::string_view> SimDisk::read(
    unsigned process, const File& file, std::size_t at, std::size_t size
) {
    if (!alive(process) || strikes(Fault::disk_read)) return std::nullopt;
    if (at >= file.now.size()) return std::string_view();
    return std::string_view(file.now).substr(at, size);
}

SimDisk::Io SimDisk::write(unsigned process, File& file, std::size_t at, std::string_view bytes) {
    stage_.keeps_secrets(bytes);
    const auto put = [&](std::size_t size) {
        if (size == 0) return;
        file.changes.push_back({at, std::string(bytes.substr(0, size))});
        apply(file.now, file.changes.back());
    };
    if (!passes(process, Op::disk_write, When::before)) return Io::failed;
    const bool grows = at + bytes.size() > file.now.size();
    if (grows && strikes(Fault::store_full)) {
        if (chance_.chance(0.5)) put(chance_.below(bytes.size()));
        return Io::full;
    }
    if (strikes(Fault::disk_write)) {
        if (chance_.chance(0.5)) put(half_of(at, bytes.size()));
        return Io::failed;
    }
    if (!passes(process, Op::disk_write, When::effect)) {
        put(half_of(at, bytes.size()));
        return Io::failed;
    }
    put(bytes.size());
    return passes(process, Op::disk_write, When::reply) ? Io::done : Io::failed;
}

SimDisk::Io SimDisk::truncate(unsigned process, File& file, std::size_t size) {
    if (!passes(process, Op::disk_truncate, When::before)) return Io::failed;
    if (size != file.now.size()) {
        file.changes.push_back({size, {}, true});
        apply(file.now, file.changes.back());
    }
    if (!passes(process, Op::disk_truncate, When::effect)) return Io::failed;
    return passes(process, Op::disk_truncate, When::reply) ? Io::done : Io::failed;
}

SimDisk::Io SimDisk::sync(unsigned process, File& file) {
    const auto some = [&](std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) apply(file.durable, file.changes[i]);
        file.changes.erase(
            file.changes.begin(), file.changes.begin() + static_cast<std::ptrdiff_t>(count)
        );
    };
    if (!passes(process, Op::disk_sync, When::before)) return Io::failed;
    if (strikes(Fault::store_unknown)) {
        some(chance_.below(file.changes.size() + 1));
        if (!file.changes.empty() && strikes(Fault::disk_forgets)) file.changes.clear();
        return Io::failed;
    }
    if (!passes(process, Op::disk_sync, When::effect)) {
        some(file.changes.size() / 2);
        return Io::failed;
    }
    some(file.changes.size());
    return passes(process, Op::disk_sync, When::reply) ? Io::done : Io::failed;
}

bool SimDisk::busy(unsigned process) {
    if (!alive(process)) return false;
    if (busy_for_ == Duration::zero() && strikes(Fault::store_busy))
        busy_for_ = chance_.between(1ms, 8s);
    return waited_ < busy_for_;
}

}  // namespace fairway::sim
