#include "controller/app/sources.hpp"

#include <charconv>

#include "controller/api/mask.hpp"
#include "controller/api/proxy.hpp"
#include "manifests/directory/directory_source.hpp"
#include "manifests/git/git_names.hpp"

namespace fairway {
namespace {

using namespace std::chrono_literals;

constexpr Duration retry_after_failure = 5s;

ManifestProblem declared_twice(const Manifest& one, const Manifest& other) {
    ManifestProblem problem;
    problem.place = one.place;
    problem.key = one.key;
    problem.field = "metadata.name";
    problem.wrong = "the channel " + one.key.name + " is also declared at " + other.place.file + ":" +
                    std::to_string(other.place.line);
    problem.advice = "keep one of the two";
    return problem;
}

}  // namespace

ManifestContext context_of(const Config& config) {
    ManifestContext context;
    for (const auto& project : config.projects) context.projects.insert(project.name);
    for (const auto& [name, value] : config.secrets) context.secrets.insert(name);
    context.check_names = true;
    return context;
}

GitOptions git_options_of(const SourceConfig& source) {
    GitOptions options = source.git->options;
    options.cover = [secrets = secrets_of(*source.git)](std::string& text) {
        for (const Secret& secret : secrets) cover(text, secret);
    };
    const std::optional<Proxy>& proxy = source.git->proxy;
    if (!proxy || options.over_ssh()) return options;
    const GitHost at = git_host_of(options.url);
    std::uint16_t port = 443;
    std::from_chars(at.port.data(), at.port.data() + at.port.size(), port);
    if (is_direct(*proxy, at.host, port)) return options;
    options.proxy = GitProxy{proxy->url(), proxy->user, proxy->password};
    return options;
}

Result<std::shared_ptr<const ManifestSnapshot>> load_source(
    const SourceConfig& source, const ManifestContext& context
) {
    if (source.git) return load_git_manifests(source.name, git_options_of(source), context);
    return load_manifests({source.directory}, context);
}

std::shared_ptr<const ManifestSnapshot> merged(
    const std::vector<std::shared_ptr<const ManifestSnapshot>>& snapshots
) {
    if (snapshots.size() == 1) return snapshots.front();
    auto all = std::make_shared<ManifestSnapshot>();
    bool named = false;
    for (const auto& part : snapshots) {
        for (const auto& [key, manifest] : part->manifests) {
            const auto [it, fresh] = all->manifests.emplace(key, manifest);
            if (fresh) continue;
            all->problems.push_back(declared_twice(*it->second, *manifest));
            all->problems.push_back(declared_twice(*manifest, *it->second));
            all->unreadable.insert(key);
            all->invalid += 2;
        }
        all->problems.insert(all->problems.end(), part->problems.begin(), part->problems.end());
        all->unreadable.insert(part->unreadable.begin(), part->unreadable.end());
        all->held_back.insert(part->held_back.begin(), part->held_back.end());
        all->revision += (all->revision.empty() ? "" : "+") + part->revision;
        named = named || !part->version.empty();
        all->version += (all->version.empty() ? "" : "+") + part->shown_version();
        if (!part->change.empty()) all->change += (all->change.empty() ? "" : "; ") + part->change;
        all->source += (all->source.empty() ? "" : "+") + part->source;
        all->files += part->files;
        all->invalid += part->invalid;
        all->ignored += part->ignored;
        all->blank += part->blank;
    }
    if (!named) all->version.clear();
    for (const ChannelKey& key : all->unreadable) all->manifests.erase(key);
    return all;
}

Sources::Sources(
    boost::asio::any_io_executor executor, const Config& config, Clock& clock, Entropy& entropy,
    Metrics& metrics, Log& log
)
    : executor_(executor),
      context_(context_of(config)),
      clock_(clock),
      metrics_(metrics),
      log_(log),
      news_(executor),
      watchers_(executor) {
    for (const auto& declared : config.sources) {
        auto one = std::make_unique<One>();
        one->name = declared.name;
        one->directory = declared.directory;
        const auto warn = [&log, name = declared.name](const std::string& what) {
            log.warn("changes are not watched", {{"source", name}, {"reason", what}});
        };
        if (declared.git) {
            auto git = std::make_unique<GitSource>(
                declared.name, git_options_of(declared), context_, executor, clock, entropy
            );
            one->git = git.get();
            one->source = std::move(git);
        } else {
            one->source = std::make_unique<DirectorySource>(
                declared.name, std::vector<std::string>{declared.directory}, context_, executor,
                DirectoryOptions{}, warn
            );
        }
        sources_.push_back(std::move(one));
    }
}

Sources::~Sources() = default;

Task<Result<std::shared_ptr<const ManifestSnapshot>>> Sources::load() {
    for (const auto& one : sources_) {
        const Result<> loaded = co_await load_one(*one);
        if (!loaded) co_return loaded.error();
    }
    merge();
    returned_ = merged_;
    co_return merged_;
}

Task<std::shared_ptr<const ManifestSnapshot>> Sources::next() {
    if (watchers_.size() == 0) {
        for (const auto& one : sources_) watchers_.spawn(watch(*one));
    }
    while (merged_ == returned_) co_await news_.wait();
    returned_ = merged_;
    co_return merged_;
}

Task<> Sources::watch(One& one) {
    for (;;) {
        if (!one.trouble.empty() && one.git == nullptr) {
            // Nothing may ever be noticed where nothing can be read.
            co_await clock_.sleep_until(clock_.now() + retry_after_failure);
        } else {
            co_await one.source->changed();
        }
        const auto before = one.last;
        const Result<> loaded = co_await load_one(one);
        if (!loaded || one.last == before) continue;
        merge();
        news_.notify();
    }
}

void Sources::merge() {
    std::vector<std::shared_ptr<const ManifestSnapshot>> parts;
    for (const auto& one : sources_) parts.push_back(one->last);
    merged_ = merged(parts);
}

Task<Result<>> Sources::load_one(One& one) {
    const TimePoint began = clock_.now();
    Result<std::shared_ptr<const ManifestSnapshot>> loaded = co_await one.source->load();
    const Duration took = clock_.now() - began;
    if (!loaded) {
        metrics_.source_fetched(one.name, FetchResult::error, took, clock_.wall());
        if (one.trouble != loaded.error().what()) {
            log_.error(
                "source cannot be read", {{"source", one.name}, {"error", loaded.error().what()}}
            );
        }
        one.trouble = loaded.error().what();
        co_return Error(loaded.error()).in("source " + one.name);
    }
    if (!one.trouble.empty()) log_.info("source can be read again", {{"source", one.name}});
    one.trouble.clear();
    const bool news = !one.last || one.last->shown_version() != (*loaded)->shown_version() ||
                      one.last->revision != (*loaded)->revision;
    one.last = std::move(*loaded);
    const ManifestSnapshot& now = *one.last;
    metrics_.source_fetched(
        one.name, news ? FetchResult::changed : FetchResult::unchanged, took, clock_.wall()
    );
    metrics_.source_manifests(
        one.name, now.shown_version(), now.manifests.size(), now.invalid, now.ignored
    );
    if (!news) co_return Result<>();
    log_.info(
        "source loaded", {{"source", one.name},
                          {"revision", now.shown_version()},
                          {"change", now.change},
                          {"files", now.files},
                          {"channels", now.manifests.size()},
                          {"invalid", now.invalid},
                          {"took", took}}
    );
    for (const ManifestProblem& problem : now.problems) {
        if (problem.severity == Severity::error) {
            log_.error("manifest refused", {{"source", one.name}, {"problem", to_string(problem)}});
        } else {
            log_.warn("manifest doubtful", {{"source", one.name}, {"problem", to_string(problem)}});
        }
    }
    co_return Result<>();
}

Task<bool> Sources::reads_as(std::string revision) {
    std::vector<std::shared_ptr<const ManifestSnapshot>> parts;
    for (const auto& one : sources_) {
        Result<std::shared_ptr<const ManifestSnapshot>> part = co_await load_afresh(*one);
        if (!part) co_return false;
        parts.push_back(std::move(*part));
    }
    co_return merged(parts)->revision == revision;
}

Task<Result<std::shared_ptr<const ManifestSnapshot>>> Sources::load_afresh(One& one) {
    if (one.git != nullptr) co_return co_await one.git->load_afresh();
    DirectorySource fresh(one.name, {one.directory}, context_, executor_, {}, {});
    co_return co_await fresh.load();
}

bool Sources::fetch_now(const std::string& source) {
    for (const auto& one : sources_) {
        if (one->name != source || one->git == nullptr) continue;
        if (one->git->fetch_now()) log_.info("told of news", {{"source", source}});
        return true;
    }
    return false;
}

Task<> Sources::stop() {
    watchers_.cancel();
    co_await watchers_.join();
}

}  // namespace fairway
