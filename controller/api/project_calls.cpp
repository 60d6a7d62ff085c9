// The operations of the API on one project.
#include <algorithm>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

#include "controller/api/api_error.hpp"
#include "controller/api/operations.hpp"
#include "controller/api/project_client.hpp"
#include "controller/codec/too_large.hpp"

namespace fairway {
namespace {

constexpr unsigned smaller = 4;               // by how much a page that is too large to be read
constexpr unsigned instance_rows = 100;       // a page of the instance list
constexpr std::size_t instance_offset = 100;  // the largest that it accepts

/// What an answer to a write lacks to be believed: one row for each instance, of that name.
std::optional<std::string> lacks(
    const std::vector<InstanceChannel>& rows, const std::string& name,
    const std::vector<InstanceId>& instances
) {
    std::set<std::string_view> expected(instances.begin(), instances.end());
    for (const InstanceChannel& row : rows) {
        if (row.name != name) return "the answer is about channel " + row.name;
        if (expected.erase(row.instance) == 0)
            return "the answer has an unasked row for instance " + row.instance;
    }
    if (!expected.empty()) return "the answer lacks instance " + std::string(*expected.begin());
    return std::nullopt;
}

/// Adds what a page has to what others had; the first, which is large, without a second list beside it.
template <class Row>
void take(std::vector<Row>& page, std::vector<Row>& all) {
    if (all.empty()) {
        all = std::move(page);
    } else {
        std::move(page.begin(), page.end(), std::back_inserter(all));
    }
}

}  // namespace

Task<Result<HttpChannelApi::Project::Collected>> HttpChannelApi::Project::collect(Lists what) {
    Collected got;
    std::set<std::pair<InstanceId, std::string>> seen;
    long long total = 0;
    std::size_t received = 0, unique = 0;
    unsigned page_rows = options_.page_rows;
    bool first = true;
    for (unsigned page_number = 0; page_number < options_.most_pages; ++page_number) {
        Call call;
        call.operation = operations::list;
        call.path = "/apic/vpc-channels";
        call.query = what.filter;
        call.query.emplace_back("limit", std::to_string(page_rows));
        call.query.emplace_back("offset", std::to_string(received));
        call.query.emplace_back("members_return", "true");
        Result<HttpReply> reply(HttpReply{});
        if (what.repeat) {
            reply = co_await persist(std::move(call));
        } else {
            reply = co_await exchange(std::move(call));
        }
        Result<ChannelPage> page =
            reply ? parse_project_channels(std::move(reply->body)) : Result<ChannelPage>(reply.error());
        if (!page && is_too_large(page.error()) && page_rows > 1) {
            page_rows = std::max(1U, page_rows / smaller);  // many members: fewer channels at a time
            continue;
        }
        if (!reply) co_return reply.error();
        if (!page) co_return odd_answer(*reply, false, page.error().what());

        if (first) total = page->total;
        received += page->rows.size();
        const bool empty = page->rows.empty();
        std::erase_if(page->rows, [&](const InstanceChannel& row) {
            if (!seen.emplace(row.instance, row.id.empty() ? row.name : row.id).second) return true;
            ++unique;
            return !what.name.empty() && row.name != what.name;
        });
        take(page->rows, got.rows);
        if (page->total != total) {
            got.gap = "the number of rows changed while they were read";
            co_return got;
        }
        const auto wanted = static_cast<std::size_t>(std::max(0LL, total));
        if (received >= wanted) {
            // Rows that came twice hide others, unless all came on one page.
            const std::size_t count = first ? received : unique;
            if (count != wanted) {
                got.gap = std::to_string(count) + " rows came where " + std::to_string(total) +
                          " were promised";
            }
            co_return got;
        }
        if (empty) {
            got.gap = std::to_string(received) + " of " + std::to_string(total) + " rows came";
            co_return got;
        }
        first = false;
    }
    got.gap = "there are too many pages";
    co_return got;
}

Task<Result<std::vector<InstanceChannel>>> HttpChannelApi::Project::rows(
    [[maybe_unused]] std::shared_ptr<Project> self, Lists what
) {
    for (bool again = false;; again = true) {
        auto collected = co_await collect(what);
        if (!collected) co_return collected.error();
        if (collected->gap.empty()) co_return std::move(collected->rows);
        if (again) {
            co_return Error(
                ErrorClass::retryable, ErrorReason::server, "the list is not complete: " + collected->gap
            );
        }
        world_.metrics.api_retried(operations::list, ErrorReason::conflict);
    }
}

Task<Result<ObservedChannel>> HttpChannelApi::Project::find(
    std::shared_ptr<Project> self, std::string name
) {
    Lists what;
    what.filter = {{"name", name}, {"precise_search", "name"}};
    what.name = std::move(name);
    ObservedChannel seen;
    seen.observed_at =
        world_.clock.wall();  // at the earliest: what happens during the look may be missed
    auto found = co_await rows(self, what);
    if (!found) co_return found.error();
    seen.rows = *std::move(found);
    co_return seen;
}

std::string HttpChannelApi::Project::path_of(const InstanceId& instance, const std::string& id) {
    return "/apic/instances/" + percent_encode(instance) + "/vpc-channels/" + percent_encode(id);
}

Task<Result<InstanceChannel>> HttpChannelApi::Project::show(
    [[maybe_unused]] std::shared_ptr<Project> self, std::string name, InstanceId instance, std::string id
) {
    Call call;
    call.operation = operations::show;
    call.path = path_of(instance, id);
    auto reply = co_await exchange(std::move(call));
    if (!reply) co_return reply.error();
    auto row = parse_channel_detail(std::move(reply->body), instance);
    if (!row) co_return odd_answer(*reply, false, row.error().what());
    if (row->name != name || (!row->id.empty() && row->id != id)) {
        co_return Error(
            ErrorClass::conflict, ErrorReason::conflict,
            "id " + shown(id, 64) + " belongs to channel " + shown(row->name, 64) + " now"
        );
    }
    co_return *std::move(row);
}

Task<Result<std::vector<InstanceChannel>>> HttpChannelApi::Project::write(
    [[maybe_unused]] std::shared_ptr<Project> self, bool create, std::string name,
    std::vector<InstanceId> instances, std::string body, ChannelApi::MaySend may_send
) {
    Call call;
    call.may_send = std::move(may_send);
    call.operation = create ? operations::create : operations::update;
    call.cls = CallClass::write;
    call.method = create ? "POST" : "PUT";
    call.path = "/apic/vpc-channels";
    call.body = std::move(body);
    auto reply = co_await exchange(std::move(call));
    if (!reply) co_return reply.error();
    if (!create && reply->status == 204) co_return std::vector<InstanceChannel>();
    if (reply->status != 200 && reply->status != 201) {
        co_return odd_answer(*reply, true, "an unexpected kind of success");
    }
    auto answer = parse_project_channels(std::move(reply->body));
    if (!answer) co_return odd_answer(*reply, true, answer.error().what());
    if (const auto lack = lacks(answer->rows, name, instances))
        co_return odd_answer(*reply, true, *lack);
    co_return std::move(answer->rows);
}

Task<Result<>> HttpChannelApi::Project::remove(
    [[maybe_unused]] std::shared_ptr<Project> self, InstanceId instance, std::string id,
    ChannelApi::MaySend may_send
) {
    Call call;
    call.may_send = std::move(may_send);
    call.operation = operations::remove;
    call.cls = CallClass::write;
    call.method = "DELETE";
    call.path = path_of(instance, id);
    const auto reply = co_await exchange(std::move(call));
    if (!reply) co_return reply.error();
    co_return Result<>();
}

Task<Result<>> HttpChannelApi::Project::put_members(
    [[maybe_unused]] std::shared_ptr<Project> self, InstanceId instance, std::string id, std::string body
) {
    Call call;
    call.operation = operations::put_members;
    call.cls = CallClass::write;
    call.method = "PUT";
    call.path = path_of(instance, id) + "/members";
    call.body = std::move(body);
    const auto reply = co_await exchange(std::move(call));
    if (!reply) co_return reply.error();
    co_return Result<>();
}

Task<Result<std::vector<GatewayInstance>>> HttpChannelApi::Project::instances(
    [[maybe_unused]] std::shared_ptr<Project> self
) {
    std::vector<GatewayInstance> all;
    std::set<InstanceId> seen;
    for (std::size_t offset = 0;;) {
        Call call;
        call.operation = operations::instances;
        call.path = "/instances";
        call.query = {{"limit", std::to_string(instance_rows)}, {"offset", std::to_string(offset)}};
        auto reply = co_await persist(std::move(call));
        if (!reply) co_return reply.error();
        auto page = parse_instances(std::move(reply->body));
        if (!page) co_return odd_answer(*reply, false, page.error().what());
        offset += page->instances.size();
        const bool empty = page->instances.empty();
        std::erase_if(page->instances, [&](const GatewayInstance& instance) {
            return !seen.insert(instance.id).second;
        });
        take(page->instances, all);
        if (static_cast<long long>(offset) >= page->total) co_return all;
        if (empty || offset > instance_offset) {
            co_return odd_answer(
                *reply, false,
                "only " + std::to_string(all.size()) + " of " + std::to_string(page->total) +
                    " instances are listed"
            );
        }
    }
}

Task<Result<bool>> HttpChannelApi::Project::name_modifiable(
    [[maybe_unused]] std::shared_ptr<Project> self, InstanceId instance
) {
    long long offset = 0;
    for (unsigned page_number = 0; page_number < options_.most_pages; ++page_number) {
        Call call;
        call.operation = operations::features;
        call.path = "/apic/instances/" + percent_encode(instance) + "/features";
        call.query = {{"limit", std::to_string(options_.page_rows)}, {"offset", std::to_string(offset)}};
        auto reply = co_await persist(std::move(call));
        if (!reply) co_return reply.error();
        const auto page = parse_features(std::move(reply->body));
        if (!page) co_return odd_answer(*reply, false, page.error().what());
        if (page->name_modifiable) co_return *page->name_modifiable;
        offset += page->rows;
        if (page->rows == 0 || offset >= page->total) co_return true;  // the default
    }
    co_return Error(ErrorClass::retryable, ErrorReason::server, "the list of features does not end");
}

Task<Result<std::vector<Quota>>> HttpChannelApi::Project::quotas(
    [[maybe_unused]] std::shared_ptr<Project> self, InstanceId instance
) {
    std::vector<Quota> all;
    long long offset = 0;
    for (unsigned page_number = 0; page_number < options_.most_pages; ++page_number) {
        Call call;
        call.operation = operations::quotas;
        call.path = "/apic/instances/" + percent_encode(instance) + "/project/configs";
        call.query = {{"limit", std::to_string(options_.page_rows)}, {"offset", std::to_string(offset)}};
        auto reply = co_await persist(std::move(call));
        if (!reply) co_return reply.error();
        auto page = parse_quotas(std::move(reply->body));
        if (!page) co_return odd_answer(*reply, false, page.error().what());
        take(page->quotas, all);
        offset += page->rows;
        if (page->rows == 0 || offset >= page->total) co_return all;
    }
    co_return Error(ErrorClass::retryable, ErrorReason::server, "the list of quotas does not end");
}

}  // namespace fairway
