#include "tests/simulation/sim_host.hpp"

namespace fairway::sim {
namespace {

using namespace std::chrono_literals;
using Io = SimDisk::Io;

Error trouble(const std::string& path) {
    return {
        ErrorClass::terminal, ErrorReason::internal, "the file " + path + ": the disk reports an error"};
}

}  // namespace

class SimHost::File : public SideFile {
public:
    File(SimDisk& disk, unsigned process, SimDisk::FilePtr file)
        : disk_(disk), process_(process), file_(std::move(file)) {}

    std::optional<std::string> read(std::size_t most) override {
        const auto bytes = disk_.read(process_, *file_, 0, most);
        return bytes ? std::optional<std::string>(*bytes) : std::nullopt;
    }
    bool append(std::string_view text) override {
        return disk_.write(process_, *file_, file_->now.size(), text) == Io::done;
    }
    bool replace(std::string_view text) override {
        return disk_.write(process_, *file_, 0, text) == Io::done &&
               disk_.truncate(process_, *file_, text.size()) == Io::done;
    }
    bool sync() override { return disk_.sync(process_, *file_) == Io::done; }
    bool rewrite() override {
        const auto bytes = read(file_->now.size());
        return bytes && disk_.write(process_, *file_, 0, *bytes) == Io::done && sync();
    }

private:
    SimDisk& disk_;
    unsigned process_;
    SimDisk::FilePtr file_;
};

class SimHost::Runner : public StoreRunner {
public:
    explicit Runner(SimHost& host) : host_(host), life_(*host.life_) { host_.runner_ = this; }
    ~Runner() override {
        if (host_.runner_ == this) host_.runner_ = nullptr;
    }
    void start(std::function<void()> work) override { work_ = std::move(work); }
    void wake() override {
        if (host_.disk_.quiet()) return;
        Stage& stage = host_.stage_;
        Duration pause = host_.moments_.between(0ms, 2ms);
        if (stage.strikes(Fault::store_slow)) pause += stage.faults.between(1ms, 300ms);
        life_.after(pause, [this] { work(); });
    }
    void stop() override { work(); }
    void work() {
        host_.disk_.new_batch();
        work_();
    }

private:
    SimHost& host_;
    Life& life_;
    std::function<void()> work_;
};

void SimHost::begins(Life& life) {
    life_ = &life;
    process_ = disk_.begins(life);
    vfs_.begins(process_);
}

void SimHost::ends(bool orderly) {
    if (!orderly) disk_.dies();
    work_now();
}

void SimHost::work_now() {
    if (runner_ != nullptr) runner_->work();
}

void SimHost::kill_after(Duration pause) {
    if (stage_.options.rate(Fault::crash_time) == 0) return;
    stage_.timeline.after(pause, [this, process = process_] {
        if (!stage_.faults_on || !disk_.alive(process)) return;
        stage_.trace.hit(Fault::crash_time);
        stage_.note("killed");
        life_->kill();
    });
}

Result<> SimHost::prepare(const std::string& path, bool) {
    if (disk_.find(path)) return {};
    if (!disk_.make(process_, path) || !sync_names(path)) return trouble(path);
    return {};
}

Result<std::unique_ptr<SideFile>> SimHost::open(const std::string& path, Use use) {
    SimDisk::FilePtr file = disk_.find(path);
    if (!file && use != Use::make) {
        return Error(ErrorClass::not_found, ErrorReason::not_found, "the file " + path + " is missing");
    }
    if (!file) file = disk_.make(process_, path);
    if (!file) return trouble(path);
    return std::unique_ptr<SideFile>(new File(disk_, process_, std::move(file)));
}

bool SimHost::sync_names(const std::string&) {
    return disk_.sync_names(process_) == Io::done;
}

std::unique_ptr<StoreRunner> SimHost::runner() {
    return std::make_unique<Runner>(*this);
}

}  // namespace fairway::sim
