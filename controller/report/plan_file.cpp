#include "controller/report/plan_file.hpp"

#include <fcntl.h>
#include <rapidjson/document.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

#include "controller/codec/channel_json.hpp"
#include "controller/codec/json_put.hpp"
#include "reconciler/model/fingerprint.hpp"

namespace fairway {
namespace {

constexpr const char* version = "fairway.plan/v1";
constexpr std::size_t largest = 1024 * 1024;

using Writer = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

/// Tells a plan that was edited. Not against forgery: whoever may write the file may make a plan.
std::string checksum_of(const PlanFile& plan) {
    Fingerprint print;
    print.add("plan").add(plan.digest).add(plan.scope.selector).add(plan.scope.prune ? "prune" : "");
    print.add(format_time(plan.until));
    for (const auto* list : {&plan.scope.paths, &plan.scope.names, &plan.scope.allow_replace}) {
        print.add(std::to_string(list->size()));
        for (const std::string& text : *list) print.add(text);
    }
    return print.hex();
}

Error file_error(const std::string& path, int code) {
    return {
        ErrorClass::terminal, ErrorReason::validation,
        path + ": " + std::system_category().message(code)};
}

Error not_a_plan(const std::string& path) {
    return {
        ErrorClass::terminal, ErrorReason::validation,
        path + ": is not a plan that this Fairway has written; make one with: fairway plan --out FILE"};
}

bool get(const rapidjson::Value& json, const char* key, std::string& text) {
    const auto it = json.FindMember(key);
    if (it == json.MemberEnd() || !it->value.IsString()) return false;
    text.assign(it->value.GetString(), it->value.GetStringLength());
    return true;
}

bool get(const rapidjson::Value& json, const char* key, std::vector<std::string>& texts) {
    const auto it = json.FindMember(key);
    if (it == json.MemberEnd() || !it->value.IsArray()) return false;
    for (const auto& value : it->value.GetArray()) {
        if (!value.IsString()) return false;
        texts.emplace_back(value.GetString(), value.GetStringLength());
    }
    return true;
}

}  // namespace

Result<> write_plan(const std::string& path, const PlanFile& plan) {
    rapidjson::StringBuffer buffer;
    Writer json(buffer);
    json.StartObject();
    put(json, "apiVersion", version);
    put(json, "digest", plan.digest);
    put(json, "paths", plan.scope.paths);
    put(json, "names", plan.scope.names);
    put(json, "selector", plan.scope.selector);
    put(json, "prune", plan.scope.prune);
    put(json, "allow_replace", plan.scope.allow_replace);
    put(json, "until", format_time(plan.until));
    put(json, "checksum", checksum_of(plan));
    json.EndObject();
    const std::string text = std::string(buffer.GetString(), buffer.GetSize()) + "\n";

    const std::string made = path + ".new";
    const int file = open(made.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) return file_error(made, errno);
    const ssize_t written = write(file, text.data(), text.size());
    const int failed = written == static_cast<ssize_t>(text.size()) ? 0 : (written < 0 ? errno : ENOSPC);
    close(file);
    if (failed != 0 || std::rename(made.c_str(), path.c_str()) != 0) {
        const Error error = file_error(path, failed != 0 ? failed : errno);
        unlink(made.c_str());
        return error;
    }
    return {};
}

Result<PlanFile> read_plan(const std::string& path) {
    const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) return file_error(path, errno);
    std::string text(largest, '\0');
    std::size_t size = 0;
    ssize_t got = 0;
    while (size < text.size() && (got = read(file, text.data() + size, text.size() - size)) > 0)
        size += static_cast<std::size_t>(got);
    const int failed = errno;
    close(file);
    if (got < 0) return file_error(path, failed);
    text.resize(size);

    rapidjson::Document json;
    json.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
    std::string told;
    PlanFile plan;
    if (json.HasParseError() || !json.IsObject() || !get(json, "apiVersion", told) || told != version)
        return not_a_plan(path);
    const auto prune = json.FindMember("prune");
    const bool whole = get(json, "digest", plan.digest) && !plan.digest.empty() &&
                       get(json, "paths", plan.scope.paths) && get(json, "names", plan.scope.names) &&
                       get(json, "selector", plan.scope.selector) && prune != json.MemberEnd() &&
                       prune->value.IsBool() && get(json, "allow_replace", plan.scope.allow_replace);
    std::string until, checksum;
    if (!whole || !get(json, "until", until) || !get(json, "checksum", checksum))
        return not_a_plan(path);
    plan.scope.prune = prune->value.GetBool();
    const auto end = parse_time(until);
    if (!end) return not_a_plan(path);
    plan.until = *end;
    if (checksum_of(plan) != checksum) {
        return Error(
            ErrorClass::terminal, ErrorReason::validation,
            path + ": was changed after it was made; make it anew with: fairway plan --out FILE"
        );
    }
    return plan;
}

}  // namespace fairway
