#include "controller/store/store_host.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "controller/store/store_file.hpp"

namespace fairway {
namespace {

class RealFile final : public SideFile {
public:
    explicit RealFile(int descriptor) : descriptor_(descriptor) {}
    RealFile(const RealFile&) = delete;
    RealFile& operator=(const RealFile&) = delete;
    ~RealFile() override { close(descriptor_); }

    std::optional<std::string> read(std::size_t most) override {
        std::string text;
        std::array<char, 4096> part{};
        while (text.size() < most) {
            const std::size_t wanted = std::min(part.size(), most - text.size());
            const ssize_t size =
                pread(descriptor_, part.data(), wanted, static_cast<off_t>(text.size()));
            if (size < 0) return std::nullopt;
            if (size == 0) break;
            text.append(part.data(), static_cast<std::size_t>(size));
        }
        return text;
    }
    bool append(std::string_view text) override {
        const off_t end = lseek(descriptor_, 0, SEEK_END);
        return end >= 0 && put(text, end);
    }
    bool replace(std::string_view text) override {
        return put(text, 0) && ftruncate(descriptor_, static_cast<off_t>(text.size())) == 0;
    }
    bool sync() override { return fsync(descriptor_) == 0; }
    bool rewrite() override {
        std::string part(1 << 16, '\0');
        for (off_t at = 0;;) {
            const ssize_t size = pread(descriptor_, part.data(), part.size(), at);
            if (size < 0) return false;
            if (size == 0) return sync();
            if (!put(std::string_view(part).substr(0, static_cast<std::size_t>(size)), at)) return false;
            at += size;
        }
    }

private:
    bool put(std::string_view text, off_t at) const {
        return pwrite(descriptor_, text.data(), text.size(), at) == static_cast<ssize_t>(text.size());
    }
    int descriptor_;
};

class ThreadRunner final : public StoreRunner {
public:
    ThreadRunner() = default;
    ThreadRunner(const ThreadRunner&) = delete;
    ThreadRunner& operator=(const ThreadRunner&) = delete;
    ~ThreadRunner() override { stop(); }

    void start(std::function<void()> work) override {
        thread_ = std::thread([this, work = std::move(work)] { live(work); });
    }
    void wake() override {
        {
            const std::lock_guard lock(mutex_);
            woken_ = true;
        }
        wake_.notify_one();
    }
    void stop() override {
        if (!thread_.joinable()) return;
        {
            const std::lock_guard lock(mutex_);
            ending_ = true;
        }
        wake_.notify_one();
        thread_.join();
    }

private:
    void live(const std::function<void()>& work) {
        pthread_setname_np(pthread_self(), "store");  // for those who look at the process
        for (bool last = false; !last;) {
            {
                std::unique_lock lock(mutex_);
                wake_.wait(lock, [this] { return ending_ || woken_; });
                woken_ = false;
                last = ending_;
            }
            work();
        }
    }

    std::mutex mutex_;
    std::condition_variable wake_;
    bool woken_ = false, ending_ = false;
    std::thread thread_;
};

class ThisMachine final : public StoreHost {
public:
    const char* file_system() const override { return nullptr; }
    Result<> prepare(const std::string& path, bool read_only) override {
        return prepare_store_file(path, read_only);
    }
    Result<std::optional<FileLock>> lock(const std::string& path) override {
        auto taken = FileLock::take(path + ".lock", path);
        if (!taken) return taken.error();
        return std::optional<FileLock>(*std::move(taken));
    }
    Result<std::unique_ptr<SideFile>> open(const std::string& path, Use use) override {
        const int flags = (use == Use::look ? O_RDONLY : O_RDWR) | (use == Use::make ? O_CREAT : 0);
        const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (descriptor >= 0) return std::unique_ptr<SideFile>(new RealFile(descriptor));
        const bool missing = errno == ENOENT;
        return Error(
            missing ? ErrorClass::not_found : ErrorClass::terminal,
            missing ? ErrorReason::not_found : ErrorReason::internal,
            "the file " + path + ": " + std::generic_category().message(errno)
        );
    }
    void remove(const std::string& path) override {
        std::error_code gone_already;
        std::filesystem::remove(path, gone_already);
    }
    bool sync_names(const std::string& path) override { return sync_directory_of(path); }
    std::unique_ptr<StoreRunner> runner() override { return std::make_unique<ThreadRunner>(); }
};

}  // namespace

StoreHost& this_machine() {
    static ThisMachine machine;
    return machine;
}

}  // namespace fairway
