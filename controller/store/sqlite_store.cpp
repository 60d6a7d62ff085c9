#include "controller/store/sqlite_store.hpp"

#include <atomic>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "controller/store/rescue_journal.hpp"
#include "controller/store/schema.hpp"
#include "controller/store/serial_witness.hpp"
#include "controller/store/sqlite.hpp"
#include "controller/store/store_queue.hpp"
#include "controller/store/tables.hpp"
#include "controller/store/unclean_end.hpp"
#include "reconciler/model/fingerprint.hpp"
#include "reconciler/model/mutant.hpp"

namespace fairway {
namespace {

namespace asio = boost::asio;
using Kind = StoreJob::Kind;

/// Work whose answer a suspended coroutine waits for. Keeps the coroutine's loop running meanwhile.
template <class T, class Work, class Handler>
class Question final : public StoreJob {
public:
    Question(const char* operation, Kind kind, Work work, Handler handler)
        : StoreJob(operation, kind),
          work_(std::move(work)),
          executor_(asio::prefer(
              asio::get_associated_executor(handler), asio::execution::outstanding_work.tracked
          )),
          handler_(std::move(handler)) {}

    bool run(Tables& tables) override {
        answer_ = work_(tables);
        return succeeded();
    }
    void fail(const Error& error) override { answer_ = error; }
    bool succeeded() const override { return answer_ && *answer_; }
    void complete() override {
        asio::post(executor_, [handler = std::move(handler_), answer = *std::move(answer_)]() mutable {
            std::move(handler)(std::move(answer));
        });
    }

private:
    Work work_;
    std::optional<Result<T>> answer_;
    asio::any_io_executor executor_;
    Handler handler_;
};

/// Asks for `work`, a function of the tables, when the task is awaited.
template <class T, class Work>
Task<Result<T>> ask(StoreQueue& queue, const char* operation, Kind kind, Work work) {
    auto begin = [&queue, operation, kind, work = std::move(work)](auto handler) mutable {
        using Job = Question<T, Work, decltype(handler)>;
        queue.ask(std::make_unique<Job>(operation, kind, std::move(work), std::move(handler)));
    };
    asio::use_awaitable_t<> token;
    return asio::async_initiate<asio::use_awaitable_t<>, void(Result<T>)>(std::move(begin), token);
}

std::string doubt_of(const StoreMeta& meta, const std::optional<SerialWitness::Statement>& known) {
    if (!known || meta.serial == 0) return {};  // a new store owns nothing that it could harm
    if (known->lineage != meta.lineage)
        return "the store is another one than was used here before (its lineage differs)";
    if (known->doubted) return "the store was an older copy when it was opened first";
    if (meta.serial >= known->serial) return {};
    return "the store is an older copy: it ends at change " + std::to_string(meta.serial) + " of " +
           std::to_string(known->serial);
}

/// Puts into the store what was rescued from a time when it could not be written.
Result<> take_in(const RescueJournal& journal, Tables& tables, const std::string& lineage) {
    const auto entries = journal.read();
    if (!entries) return entries.error();
    if (entries->empty() || mutant(Mutant::recovery_skips_journal)) return {};
    if (mutant(Mutant::journal_removed_first)) journal.remove();
    tables.start(true);
    for (const RescueJournal::Entry& entry : *entries) {
        if (entry.lineage != lineage) continue;
        auto row = tables.channels().load(entry.key);
        if (!row) {
            tables.abandon();
            return row.error();
        }
        const bool open = *row && ((*row)->phase == Phase::intent || (*row)->phase == Phase::ambiguous);
        if (!open || (*row)->intent_at != entry.intent_at) continue;
        (*row)->phase = Phase::created;
        (*row)->ids = entry.ids;
        const auto saved = tables.channels().save(entry.key, **row);
        if (!saved) {
            tables.abandon();
            return saved.error();
        }
    }
    tables.keep();
    tables.commit();
    journal.remove();
    return {};
}

}  // namespace

struct SqliteStore::Parts {
    Parts(std::optional<FileLock> held, const StoreOptions& options, Metrics& told)
        : metrics(told),
          lock(std::move(held)),
          path(options.path),
          read_only(options.read_only),
          rescue(*options.host, options.path + ".rescue"),
          database(
              options.path, options.read_only ? Database::Mode::read_only : Database::Mode::read_write,
              options.host->file_system()
          ) {}

    Metrics& metrics;
    // In this order: the work ends first, the lock goes last.
    std::optional<FileLock> lock;
    const std::string path;
    const bool read_only;
    RescueJournal rescue;
    std::vector<SerialWitness> witnesses;
    void note(const SerialWitness::Statement& statement) const {
        for (const SerialWitness& witness : witnesses) witness.note(statement);
    }
    std::string doubt;  ///< of the file
    std::string moved;  ///< which projects, and from where
    ProjectTies projects;
    std::atomic<bool> trusted{true};
    Database database;
    StoreMeta meta;
    std::optional<Tables> tables;
    std::optional<StoreQueue> queue;
};

Result<std::unique_ptr<SqliteStore>> SqliteStore::open(
    asio::any_io_executor loop, StoreOptions options, Metrics& metrics
) {
    const std::string& path = options.path;
    const auto file = options.host->prepare(path, options.read_only);
    if (!file) return file.error();
    std::optional<FileLock> lock;
    if (!options.read_only) {
        auto taken = options.host->lock(path);
        if (!taken) return taken.error();
        lock = *std::move(taken);
        const auto settled = mutant(Mutant::unclean_end_ignored)
                                 ? Result<>()
                                 : rewrite_after_unclean_end(*options.host, path);
        if (!settled) return settled.error();
    }
    try {
        auto parts = std::make_unique<Parts>(std::move(lock), options, metrics);
        if (!options.read_only && parts->database.read_only()) {
            return Error(
                ErrorClass::terminal, ErrorReason::internal,
                "the store " + path + " cannot be written: no permission, or a read-only file system"
            );
        }
        const auto ready = prepare_schema(parts->database, path, options.new_lineage);
        if (!ready) return ready.error();
        const auto same = check_projects(parts->database, path, options.projects);
        if (!same) return same.error();
        if (!options.read_only) bind_projects(parts->database, options.projects);
        parts->moved = moved_projects(parts->database, options.projects);
        parts->projects = options.projects;
        // The witness is asked first: beside a Fairway that writes, it then knows no more than the file.
        for (const std::string& place : {path + ".serial", options.witness}) {
            if (place.empty()) continue;
            auto witness = SerialWitness::open(*options.host, place, !options.read_only);
            if (!witness) return witness.error();
            parts->witnesses.push_back(*std::move(witness));
        }
        // SQLite does not see to it that the journal from before the log stays removed: come back after
        // a power cut, it would take back all.
        const bool left = options.read_only || mutant(Mutant::names_not_synced);
        if (!left && !options.host->sync_names(path)) {
            return Error(
                ErrorClass::terminal, ErrorReason::internal,
                "the store " + path + ": its directory cannot be synced to the disk"
            );
        }
        parts->meta = read_meta(parts->database);
        if (parts->meta.lineage.empty()) {
            return Error(
                ErrorClass::terminal, ErrorReason::internal,
                "the store " + path + " is damaged: it has no lineage; restore it from a backup"
            );
        }
        for (const SerialWitness& witness : parts->witnesses) {
            if (parts->doubt.empty()) parts->doubt = doubt_of(parts->meta, witness.statement());
        }
        parts->trusted = parts->doubt.empty();
        parts->tables.emplace(parts->database, parts->meta);
        if (!options.read_only) {
            const auto tell = [inner = parts.get()](std::uint64_t serial) {
                if (inner->trusted) inner->note({inner->meta.lineage, serial});
            };
            parts->tables->on_serial(tell);
            if (parts->trusted) {
                tell(parts->meta.serial);
            } else {  // what is written meanwhile does not make it right
                for (const SerialWitness& witness : parts->witnesses) {
                    if (!witness.statement()) continue;
                    auto statement = *witness.statement();
                    statement.doubted = true;
                    witness.note(statement);
                }
            }
        }
        if (!options.read_only) {
            const auto taken_in = take_in(parts->rescue, *parts->tables, parts->meta.lineage);
            if (!taken_in) return taken_in.error();
        }
        metrics.store_size(parts->tables->bytes());
        parts->queue.emplace(*parts->tables, path, std::move(loop), metrics, options.host->runner());
        return std::unique_ptr<SqliteStore>(new SqliteStore(std::move(parts)));
    } catch (const SqliteFailure& failure) {
        return to_error(failure, path);
    }
}

SqliteStore::SqliteStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
SqliteStore::~SqliteStore() = default;

const std::string& SqliteStore::lineage() const {
    return parts_->meta.lineage;
}

std::uint64_t SqliteStore::serial() const {
    return parts_->tables->serial();
}

std::string SqliteStore::doubt() const {
    if (parts_->moved.empty()) return parts_->doubt;
    return parts_->doubt.empty() ? parts_->moved : parts_->doubt + "; " + parts_->moved;
}

std::string SqliteStore::doubt_id() const {
    Fingerprint print;
    print.add("store").add(parts_->meta.lineage).add(parts_->moved);
    if (parts_->doubt.empty()) return print.hex();
    for (const SerialWitness& witness : parts_->witnesses) {
        const auto& known = witness.statement();
        if (known) print.add(known->lineage).add(std::to_string(known->serial));
    }
    return print.hex();
}

Task<Result<>> SqliteStore::trust() {
    if (!parts_->moved.empty()) {
        auto work = [parts = parts_.get()](Tables& tables) {
            tables.rebind(parts->projects);
            return Result<>();
        };
        const Result<> bound =
            co_await ask<void>(*parts_->queue, "trust", Kind::durable, std::move(work));
        if (!bound) co_return bound.error();
        parts_->moved.clear();
    }
    if (!parts_->doubt.empty()) {
        parts_->doubt.clear();
        parts_->trusted = true;
        parts_->note({parts_->meta.lineage, serial()});
    }
    co_return Result<>();
}

Task<Result<>> SqliteStore::tie_project(std::string name, std::string id) {
    auto work = [parts = parts_.get(), name = std::move(name), id = std::move(id)](Tables& tables) {
        return tables.tie_project(name, id, parts->path);
    };
    return ask<void>(
        *parts_->queue, "tie_project", parts_->read_only ? Kind::read : Kind::durable, std::move(work)
    );
}

Task<Result<std::optional<Record>>> SqliteStore::load(ChannelKey key) {
    auto work = [key = std::move(key)](Tables& tables) { return tables.channels().load(key); };
    return ask<std::optional<Record>>(*parts_->queue, "load", Kind::read, std::move(work));
}

Task<Result<std::map<ChannelKey, Record>>> SqliteStore::load_all() {
    auto work = [](Tables& tables) { return tables.channels().load_all(); };
    return ask<std::map<ChannelKey, Record>>(*parts_->queue, "load_all", Kind::read, work);
}

Task<Result<std::uint64_t>> SqliteStore::save(ChannelKey key, Record record) {
    auto work = [key = std::move(key), record = std::move(record)](Tables& tables) {
        return tables.channels().save(key, record);
    };
    return ask<std::uint64_t>(*parts_->queue, "save", Kind::durable, std::move(work));
}

Result<> SqliteStore::rescue(const ChannelKey& key, const Record& created) {
    if (!created.intent_at) return {};
    const auto began = std::chrono::steady_clock::now();
    auto noted = parts_->rescue.note({parts_->meta.lineage, key, *created.intent_at, created.ids});
    const auto took = std::chrono::steady_clock::now() - began;
    parts_->metrics.store_operation("rescue", std::chrono::duration_cast<Duration>(took), bool(noted));
    return noted;
}

Task<Result<>> SqliteStore::forget(ChannelKey key) {
    auto work = [key = std::move(key)](Tables& tables) {
        tables.channels().forget(key);
        tables.observed().forget(key);
        return Result<>();
    };
    return ask<void>(*parts_->queue, "forget", Kind::durable, std::move(work));
}

Task<Result<>> SqliteStore::bury(ChannelKey key, WallTime at) {
    auto work = [key = std::move(key), at](Tables& tables) {
        auto buried = tables.channels().bury(key, at);
        if (buried) tables.observed().forget(key);
        return buried;
    };
    return ask<void>(*parts_->queue, "bury", Kind::durable, std::move(work));
}

Task<Result<std::vector<DeletedChannel>>> SqliteStore::deleted() {
    auto work = [](Tables& tables) { return tables.channels().deleted(); };
    return ask<std::vector<DeletedChannel>>(*parts_->queue, "deleted", Kind::read, work);
}

Task<Result<>> SqliteStore::direct(Directive directive) {
    auto work = [directive = std::move(directive)](Tables& tables) {
        tables.directives().put(directive);
        return Result<>();
    };
    return ask<void>(*parts_->queue, "direct", Kind::durable, std::move(work));
}

Task<Result<>> SqliteStore::take_back(Directive directive) {
    auto work = [directive = std::move(directive)](Tables& tables) {
        tables.directives().drop(directive);
        return Result<>();
    };
    return ask<void>(*parts_->queue, "take_back", Kind::durable, std::move(work));
}

Task<Result<std::vector<Directive>>> SqliteStore::directives() {
    auto work = [](Tables& tables) { return Result<std::vector<Directive>>(tables.directives().all()); };
    return ask<std::vector<Directive>>(*parts_->queue, "directives", Kind::read, work);
}

Task<Result<>> SqliteStore::observe(std::vector<StoredObservation> seen) {
    auto work = [seen = std::move(seen)](Tables& tables) {
        for (const auto& observation : seen) tables.observed().observe(observation);
        return Result<>();
    };
    return ask<void>(*parts_->queue, "observe", Kind::bookkeeping, std::move(work));
}

Task<Result<std::vector<StoredObservation>>> SqliteStore::observations() {
    auto work = [](Tables& tables) {
        return Result<std::vector<StoredObservation>>(tables.observed().all());
    };
    return ask<std::vector<StoredObservation>>(
        *parts_->queue, "observations", Kind::read, std::move(work)
    );
}

Task<Result<>> SqliteStore::note(HistoryEntry entry) {
    auto work = [entry = std::move(entry)](Tables& tables) {
        tables.history().note(entry);
        return Result<>();
    };
    return ask<void>(*parts_->queue, "note", Kind::bookkeeping, std::move(work));
}

Task<Result<std::vector<HistoryEntry>>> SqliteStore::history(ChannelKey key, std::size_t limit) {
    auto work = [key = std::move(key), limit](Tables& tables) {
        return Result<std::vector<HistoryEntry>>(tables.history().read(key, limit));
    };
    return ask<std::vector<HistoryEntry>>(*parts_->queue, "history", Kind::read, std::move(work));
}

Task<Result<std::size_t>> SqliteStore::deletes_since(std::string project, WallTime since) {
    auto work = [project = std::move(project), since](Tables& tables) {
        return Result<std::size_t>(tables.history().deletes_since(project, since));
    };
    return ask<std::size_t>(*parts_->queue, "deletes_since", Kind::read, std::move(work));
}

}  // namespace fairway
