#include "controller/app/store_access.hpp"

#include <array>
#include <random>

namespace fairway {
namespace {

std::string random_lineage() {
    static constexpr std::array<char, 17> digits{"0123456789abcdef"};
    std::random_device machine;
    std::string text;
    for (int i = 0; i < 32; ++i) text += digits[machine() % 16];
    return text;
}

/// The same endpoint is the same text.
std::string without_usual_port(std::string endpoint) {
    constexpr std::string_view usual = ":443";
    if (endpoint.ends_with(usual)) endpoint.resize(endpoint.size() - usual.size());
    return endpoint;
}

}  // namespace

Result<std::unique_ptr<SqliteStore>> open_store(
    boost::asio::any_io_executor executor, const Config& config, Metrics& metrics, StoreUse use
) {
    StoreOptions options;
    options.path = config.sqlite;
    options.witness = config.witness;
    options.read_only = use == StoreUse::read;
    options.new_lineage = random_lineage();
    for (const auto& project : config.projects) {
        const ProjectTie tie{project.project_id, project.region, without_usual_port(project.endpoint)};
        options.projects.emplace(project.name, tie);
    }
    return SqliteStore::open(std::move(executor), std::move(options), metrics);
}

namespace {

/// The approval that is for the doubt in `store`, as of now; nothing where there is none.
Task<Result<std::optional<Directive>>> approval_of(IdentifiedStore& store, WallTime now) {
    const std::string id = store.doubt_id();
    Result<std::vector<Directive>> directives = co_await store.directives();
    if (!directives) co_return Error(directives.error()).in("directives");
    for (Directive& directive : *directives) {
        const bool over = directive.until && *directive.until <= now;
        if (directive.kind != Directive::Kind::approval || directive.subject != id || over) continue;
        co_return std::optional<Directive>(std::move(directive));
    }
    co_return std::optional<Directive>();
}

std::string doubt_text(const IdentifiedStore& store) {
    return store.doubt() +
           ", so nothing is written; put right what is wrong, or go on as it is: fairway approve " +
           store.doubt_id();
}

}  // namespace

Task<Result<std::string>> doubt_in(IdentifiedStore& store, WallTime now) {
    if (store.doubt().empty()) co_return std::string();
    const Result<std::optional<Directive>> approval = co_await approval_of(store, now);
    if (!approval) co_return approval.error();
    if (*approval) co_return std::string();
    co_return doubt_text(store);
}

Task<Result<>> settle_doubt(IdentifiedStore& store, Gate& gate, WallTime now) {
    if (store.doubt().empty()) co_return Result<>();
    Result<std::optional<Directive>> approval = co_await approval_of(store, now);
    if (!approval) co_return approval.error();
    if (!*approval) {
        gate.observe_only(doubt_text(store));
        co_return Result<>();
    }
    const Result<> used = co_await store.take_back(std::move(**approval));
    if (!used) co_return used.error();
    const Result<> trusted = co_await store.trust();
    if (!trusted) co_return trusted.error();
    gate.observe_only({});
    co_return Result<>();
}

ExitCode store_exit_code(const Error& error) {
    return error.cls() == ErrorClass::refused ? ExitCode::held : ExitCode::failed;
}

}  // namespace fairway
