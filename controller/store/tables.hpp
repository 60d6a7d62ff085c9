#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "controller/store/batch.hpp"
#include "controller/store/channel_table.hpp"
#include "controller/store/directive_table.hpp"
#include "controller/store/history_table.hpp"
#include "controller/store/observed_table.hpp"
#include "controller/store/schema.hpp"
#include "controller/store/sqlite.hpp"

namespace fairway {

/// All that is in a store, and the batch that its changes are made in. Used where the store works only,
/// but for serial().
class Tables {
public:
    Tables(Database& database, const StoreMeta& meta);
    /// Called after each durable commit with the new serial, where the store works.
    void on_serial(std::function<void(std::uint64_t)> told) { told_ = std::move(told); }

    ChannelTable& channels() { return channels_; }
    ObservedTable& observed() { return observed_; }
    HistoryTable& history() { return history_; }
    DirectiveTable& directives() { return directives_; }

    /// From now on the projects are where `projects` says.
    void rebind(const ProjectTies& projects);
    /// Of the store at `path`, for what is told to people.
    Result<> tie_project(const std::string& name, const std::string& id, const std::string& path);

    // A batch: start, then keep or undo after each job, then commit or abandon.
    void start(bool durable);
    void keep() { batch_.keep(); }
    void undo();
    bool lost() const { return batch_.lost(); }
    void commit();
    void abandon() noexcept;

    /// Of the last durable commit: never goes back but when an older file is put in place. Any thread.
    std::uint64_t serial() const { return serial_; }
    std::uint64_t bytes();

private:
    Database& database_;
    Batch batch_;
    ChannelTable channels_;
    ObservedTable observed_;
    HistoryTable history_;
    DirectiveTable directives_;
    bool durable_ = false;
    std::atomic<std::uint64_t> serial_;
    std::function<void(std::uint64_t)> told_;
};

}  // namespace fairway
