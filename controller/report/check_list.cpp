#include "controller/report/check_list.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "controller/codec/json_put.hpp"
#include "controller/report/plain_text.hpp"

namespace fairway {
namespace {

using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

struct Look {
    CheckResult result;
    std::string_view word, mark, colour;
};

constexpr std::array<Look, 5> looks{{
    {CheckResult::ok, "ok", "ok  ", "\x1b[32m"},
    {CheckResult::note, "note", "note", "\x1b[36m"},
    {CheckResult::warning, "warning", "warn", "\x1b[33m"},
    {CheckResult::failure, "failure", "FAIL", "\x1b[31m"},
    {CheckResult::skipped, "skipped", "skip", "\x1b[2m"},
}};

const Look& look_of(CheckResult result) {
    return *std::find_if(looks.begin(), looks.end(), [&](const Look& look) {
        return look.result == result;
    });
}

std::size_t count(const std::vector<Check>& checks, CheckResult result) {
    return static_cast<std::size_t>(std::count_if(checks.begin(), checks.end(), [&](const Check& check) {
        return check.result == result;
    }));
}

constexpr std::size_t widest_column = 40;  // a longer subject goes over it, and the others stay readable

std::string subject(const Check& check) {
    return plain(check.project.empty() ? check.what : check.project + ": " + check.what);
}

}  // namespace

std::string checks_text(const std::vector<Check>& checks, bool colour) {
    std::size_t widest = 0;
    for (const Check& check : checks) widest = std::max(widest, subject(check).size());
    widest = std::min(widest, widest_column);
    std::string text;
    for (const Check& check : checks) {
        const Look& look = look_of(check.result);
        if (colour) text += look.colour;
        text += look.mark;
        if (colour) text += "\x1b[0m";
        std::string line = "  " + subject(check);
        line.resize(std::max(line.size() + 2, widest + 4), ' ');
        line += plain(check.detail);
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    std::string summary;
    for (const Look& look : looks) {
        const std::size_t number = count(checks, look.result);
        if (number == 0) continue;
        summary += (summary.empty() ? "" : ", ") + std::to_string(number) + " " + std::string(look.word);
    }
    return text + summary + "\n";
}

std::string checks_json(const std::vector<Check>& checks) {
    rapidjson::StringBuffer buffer;
    Writer json(buffer);
    json.StartObject();
    put(json, "apiVersion", "fairway.report/v1");
    json.Key("summary");
    json.StartObject();
    for (const Look& look : looks) {
        put(json, look.word, count(checks, look.result));
    }
    json.EndObject();
    json.Key("checks");
    json.StartArray();
    for (const Check& check : checks) {
        json.StartObject();
        put(json, "project", check.project);
        put(json, "what", check.what);
        put(json, "result", look_of(check.result).word);
        put(json, "detail", check.detail);
        json.EndObject();
    }
    json.EndArray();
    json.EndObject();
    return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

}  // namespace fairway
