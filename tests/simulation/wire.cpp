#include "tests/simulation/wire.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "controller/api/http_channel_api.hpp"
#include "controller/api/http_transport.hpp"
#include "controller/api/reply_parser.hpp"
#include "controller/codec/channel_json.hpp"
#include "tests/simulation/planted_secrets.hpp"
#include "tests/support/canaries.hpp"

namespace fairway::sim {
namespace {

constexpr const char* project = "p";

/// A target, taken apart as far as the simulation needs it.
struct Target {
    explicit Target(std::string_view text) {
        const auto question = std::min(text.find('?'), text.size());
        for (std::string_view rest = text.substr(0, question); !rest.empty();) {
            const auto slash = std::min(rest.find('/'), rest.size());
            if (slash > 0) path.emplace_back(rest.substr(0, slash));
            rest.remove_prefix(std::min(slash + 1, rest.size()));
        }
        std::string_view rest = text.substr(std::min(question + 1, text.size()));
        while (!rest.empty()) {
            const auto end = std::min(rest.find('&'), rest.size());
            const std::string_view pair = rest.substr(0, end);
            const auto equals = std::min(pair.find('='), pair.size());
            query[std::string(pair.substr(0, equals))] = pair.substr(std::min(equals + 1, pair.size()));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    std::size_t number(const std::string& name) const {
        const std::string& text = query.at(name);
        std::size_t value = 0;
        std::from_chars(text.data(), text.data() + text.size(), value);
        return value;
    }
    std::vector<std::string> path;
    std::map<std::string, std::string> query;
};

std::string text_of(const rapidjson::Value& json) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    json.Accept(writer);
    return {buffer.GetString(), buffer.GetSize()};
}

/// A row as the API words it: the fields of its spec beside the others.
std::string row_text(const InstanceChannel& row) {
    rapidjson::Document json;
    json.Parse(row_to_json(row).c_str());
    auto& memory = json.GetAllocator();
    rapidjson::Value spec(std::move(json["spec"]));
    for (const char* own : {"spec", "members_known", "health_known", "group_facts", "member_facts"}) {
        json.RemoveMember(own);
    }
    for (auto& member : spec.GetObject()) {
        const std::string_view name(member.name.GetString(), member.name.GetStringLength());
        if (name == "members" && !row.members_known) continue;
        if (name == "vpc_health_config" && !row.health_known) continue;
        json.AddMember(member.name, member.value, memory);
    }
    return text_of(json);
}

std::string page_of(
    const std::vector<InstanceChannel>& rows, std::size_t offset, std::size_t limit, std::size_t total
) {
    std::string text;
    std::size_t size = 0;
    for (std::size_t i = offset; i < rows.size() && size < limit; ++i, ++size)
        text += (size > 0 ? "," : "") + row_text(rows[i]);
    return R"({"size":)" + std::to_string(size) + R"(,"total":)" + std::to_string(total) +
           R"(,"project_vpc_channels":[)" + text + "]}";
}

std::string http(int status, const std::string& body, const std::string& more = {}) {
    std::string text = "HTTP/1.1 " + std::to_string(status) + " simulated\r\n" + more;
    if (status == 204) return text + "\r\n";
    return text + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// One body of a write: the name, and all else.
std::pair<std::string, ChannelSpec> read_body(const std::string& body) {
    rapidjson::Document json;
    json.Parse(body.data(), body.size());
    auto spec = spec_from_json(body);
    if (json.HasParseError() || !spec) throw std::logic_error("a body that cannot be read: " + body);
    const auto name = json.FindMember("name");
    return {name == json.MemberEnd() ? std::string() : name->value.GetString(), *std::move(spec)};
}

class Front : public HttpTransport {
public:
    Front(Life& life, std::shared_ptr<CloudPort> cloud)
        : slots_(life.executor(), 32), stage_(life.stage()), cloud_(std::move(cloud)) {}

    Task<CallSlots::Slot> admit() override { return slots_.take(); }
    void limit(unsigned calls) override { slots_.limit(calls); }
    const std::string& authority() const override { return authority_; }

    Task<Result<HttpReply>> send(
        [[maybe_unused]] CallSlots::Slot slot, HttpRequest request, CallDeadlines
    ) override {
        // Who sends it may be gone before the answer comes.
        const auto keep = cloud_;
        if (stage_.timeline.now() < not_before_)
            stage_.broken("I12", "a request that Retry-After asked to wait");
        Target target(request.target);
        Result<std::string> bytes = co_await answer(request, std::move(target));
        if (!bytes) co_return bytes.error();
        const std::string sent = *bytes;
        const bool ends = spoil(*bytes);
        if (*bytes != sent && request.method == "POST")
            cloud_->unheard({project, read_body(request.body).first});
        co_return read(request, *bytes, ends);
    }

private:
    /// What the way back does to an answer. Whether it ends as a connection does that is closed
    /// properly.
    bool spoil(std::string& bytes) {
        // A pause that was not heard cannot be kept.
        if (bytes.find("Retry-After") != bytes.npos) return true;
        const std::size_t body = bytes.find("\r\n\r\n") + 4;
        if (stage_.strikes(Fault::cut_off)) {
            bytes.resize(stage_.slices.below(bytes.size()));
            return false;
        }
        if (stage_.strikes(Fault::half_closed)) {
            bytes.resize(stage_.slices.below(bytes.size()));
        } else if (body < bytes.size() && stage_.strikes(Fault::truncated)) {
            const std::string rest = bytes.substr(body, stage_.slices.below(bytes.size() - body));
            bytes.resize(bytes.find("Content-Length"));
            bytes += "Content-Length: " + std::to_string(rest.size()) + "\r\n\r\n" + rest;
        } else if (stage_.strikes(Fault::corrupted)) {
            // What no sender can mean: what else is damaged TLS notices.
            bytes[stage_.slices.below(bytes.size())] = '\x01';
        }
        return true;
    }

    /// The client in front has asked already.
    static ChannelApi::MaySend at_once() { return {}; }

    Task<Result<std::string>> answer(HttpRequest request, Target target) {
        const auto& path = target.path;  // v2, PROJECT, apic, ...
        if (path.at(3) == "vpc-channels") {
            if (request.method == "GET") co_return co_await list(std::move(target));
            auto [name, spec] = read_body(request.body);
            ChannelKey key{project, std::move(name)};
            if (request.method == "PUT") {
                const Result<> put = co_await cloud_->put(std::move(key), std::move(spec), at_once());
                co_return worded(put, 204, "");
            }
            const auto made = co_await cloud_->create(key, std::move(spec), at_once());
            co_return worded(
                made, 201, made ? page_of(*made, 0, made->size(), made->size()) : std::string()
            );
        }
        InstanceId instance = path.at(4);
        if (path.at(5) == "features") {
            const auto on = co_await cloud_->name_modifiable(project, std::move(instance));
            co_return worded(
                on, 200,
                std::string(R"({"total":1,"features":[{"name":"vpc_name_modifiable","config":")") +
                    (on && *on ? "on" : "off") + "\"}]}"
            );
        }
        std::string id = path.at(6);
        ChannelKey key{project, cloud_->name_of(instance, id)};
        if (request.method == "GET") {
            const auto row = co_await cloud_->show(std::nullopt, std::move(instance), std::move(id));
            co_return worded(row, 200, row ? row_text(*row) : std::string());
        }
        if (request.method == "DELETE") {
            const Result<> removed =
                co_await cloud_->remove(std::move(key), std::move(instance), std::move(id), at_once());
            co_return worded(removed, 204, "");
        }
        auto body = read_body(request.body);
        const Result<> put = co_await cloud_->put_members(
            std::move(key), std::move(instance), std::move(id), std::move(body.second)
        );
        co_return worded(put, 200, "{}");
    }

    Task<Result<std::string>> list(Target target) {
        std::vector<InstanceChannel> rows;
        if (target.query.contains("name")) {
            ChannelKey key{project, target.query.at("name")};
            auto found = co_await cloud_->find(std::move(key));
            if (!found) co_return worded(found, 200, "");
            rows = std::move(found->rows);
        } else {
            auto found = co_await cloud_->list(project);
            if (!found) co_return worded(found, 200, "");
            rows = *std::move(found);
        }
        const std::size_t limit = target.number("limit");
        std::size_t offset = target.number("offset"), total = rows.size();
        if (offset > 0 && offset < total && stage_.strikes(Fault::row_repeated)) {
            --offset;
        } else if (offset < total && stage_.strikes(Fault::row_missing)) {
            ++offset;
        } else if (stage_.strikes(Fault::total_off)) {
            // A list that is wrong and agrees with itself is a stale one: no reader can tell.
            const bool agrees = total == 0 || offset + limit == total - 1;
            if (agrees || stage_.slices.chance(0.5)) {
                ++total;
            } else {
                --total;
            }
        }
        co_return http(200, page_of(rows, offset, limit, total));
    }

    /// A success, or what the cloud says instead; a network that fails stays what it is.
    template <class T>
    Result<std::string> worded(const Result<T>& result, int status, const std::string& body) {
        if (result) return http(status, body);
        const Error& error = result.error();
        const ApiFault& fault = error.fault();
        if (fault.http_status == 0) return error;
        if (fault.http_status < 300) return http(fault.http_status, "<html>");
        std::string more;
        if (error.retry_after()) {
            const auto seconds = std::chrono::ceil<std::chrono::seconds>(*error.retry_after()).count();
            not_before_ = std::max(not_before_, stage_.timeline.now() + *error.retry_after());
            more = "Retry-After: " + std::to_string(seconds) + "\r\n";
        }
        const std::string code = fault.error_code;
        return http(fault.http_status, code.empty() ? "<html>" : refusal(code), more);
    }
    /// A server may repeat in its message what it was sent, or what it should not know at all.
    std::string refusal(const std::string& code) {
        const bool tells = stage_.slices.chance(0.3);
        const std::string message = tells ? repeated_secret(stage_.slices) : "no";
        return R"({"error_code":")" + code + R"(","error_msg":")" + for_json(message) +
               R"(","request_id":"req"})";
    }
    Result<HttpReply> read(const HttpRequest& request, const std::string& bytes, bool ends) {
        ReplyParser parser{ReplyLimits()};
        std::size_t begin = 0, end = 0;
        while (!parser.done() && parser.flaw().empty() && end < bytes.size()) {
            end = std::min(bytes.size(), end + 1 + stage_.slices.below(300));
            begin += parser.put(std::string_view(bytes).substr(begin, end - begin));
        }
        if (ends && !parser.done() && parser.flaw().empty()) parser.put_eof();
        if (parser.done() && parser.flaw().empty()) return parser.take();
        const bool flawed = !parser.flaw().empty();
        Error error(
            ErrorClass::retryable, flawed ? ErrorReason::server : ErrorReason::network,
            flawed ? "the answer " + parser.flaw() : "broken off within the answer"
        );
        return request.is_safe() ? error : std::move(error).unsure();
    }

    CallSlots slots_;
    Stage& stage_;
    std::shared_ptr<CloudPort> cloud_;
    TimePoint not_before_{};  ///< as an answer asked
    std::string authority_ = "gateway.example";
};

}  // namespace

std::unique_ptr<ChannelApi> over_the_wire(
    Life& life, std::unique_ptr<CloudPort> cloud, Entropy& entropy, Metrics& metrics
) {
    const std::shared_ptr<CloudPort> shared = std::move(cloud);
    HttpChannelApi::Options options;
    options.connect = [&life, shared](const std::string&, const ProjectEndpoint&) {
        return Result<std::unique_ptr<HttpTransport>>(std::make_unique<Front>(life, shared));
    };
    options.page_rows = life.stage().options.page_rows;
    ProjectEndpoint endpoint;
    endpoint.name = project;
    endpoint.project_id = project;
    endpoint.endpoint = "https://gateway.example";
    const std::vector<std::string>& planted = planted_secrets();
    endpoint.credentials = AccessKey{Secret("access"), Secret(planted[0]), Secret(planted[1])};
    for (std::size_t i = 2; i < planted.size(); ++i) options.secrets.emplace_back(planted[i]);
    auto api = HttpChannelApi::open(
        life.executor(), {std::move(endpoint)},
        [](std::string_view) -> const Secret* { return nullptr; }, life.clock(), entropy, metrics,
        std::move(options)
    );
    if (!api) throw std::logic_error(api.error().what());
    return *std::move(api);
}

}  // namespace fairway::sim
