#include <doctest/doctest.h>
#include <rapidjson/document.h>
#include <rapidjson/pointer.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

#include "tests/convergence/cloud_world.hpp"
#include "tests/convergence/field_table.hpp"
#include "tests/convergence/live_state.hpp"

namespace fairway {
namespace {

namespace sim = apic_simulator;
using Json = rapidjson::Document;

std::string text_of(const rapidjson::Value& value) {
    rapidjson::StringBuffer buffer;
    rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
    value.Accept(writer);
    return {buffer.GetString(), buffer.GetSize()};
}

/// A spec, and what becomes of it; empty text takes the field out.
class Spec {
public:
    explicit Spec(const std::string& json) { json_.Parse(json.c_str()); }
    Spec(const Spec& other) { json_.CopyFrom(other.json_, json_.GetAllocator()); }

    void set(std::string_view pointer, std::string_view value) {
        const rapidjson::Pointer at(pointer.data(), pointer.size());
        if (value.empty()) {
            at.Erase(json_);
            return;
        }
        Json part(&json_.GetAllocator());
        part.Parse(value.data(), value.size());
        at.Set(json_, part);
    }
    std::string json() const { return text_of(json_); }
    /// One member of it, null where it is not there; as the cloud is told it.
    std::string part(const std::string& name) const {
        Json copy;
        copy.CopyFrom(json_, copy.GetAllocator());
        const rapidjson::Pointer password("/microservice_info/nacos_info/user_info/password");
        if (password.Get(copy) != nullptr) password.Set(copy, "first-example-only");
        const auto it = copy.FindMember(name.c_str());
        return it == copy.MemberEnd() ? "null" : text_of(it->value);
    }

private:
    Json json_;
};

/// A field of the table, the channel it is tried on, and that channel's life.
struct Row {
    const Field* field;
    std::string name;
    Spec base, changed;
    std::map<InstanceId, LiveState> before{};

    bool comparable() const {
        return field->kind == FieldKind::required || field->kind == FieldKind::optional;
    }
    /// Another field, which leaves this one alone.
    std::pair<std::string, std::string> toggle() const {
        if (field->property == "/balance_strategy") return {"/port", "8091"};
        return {"/balance_strategy", "2"};
    }
    Spec unmanaged() const {
        Spec spec = changed;
        if (field->removed.empty()) {
            std::string pointer(field->property);
            for (std::size_t at = 0; (at = pointer.find('-', at)) != std::string::npos;)
                pointer[at] = '0';
            spec.set(pointer, "");
        }
        for (const std::string_view pointer : field->removed) spec.set(pointer, "");
        return spec;
    }
    /// The members of the spec that its changes are in.
    std::set<std::string> parts() const {
        std::set<std::string> names;
        for (const auto& [pointer, value] : field->changes)
            names.emplace(pointer.substr(1, pointer.find('/', 1) - 1));
        return names;
    }
};

bool below(std::string_view path, std::string_view above) {
    return path.starts_with(above) && (path.size() == above.size() || path[above.size()] == '/');
}

/// Every path is one of `expected` or below it, and there is one.
bool covered(const std::vector<std::string>& paths, const std::vector<std::string_view>& expected) {
    return !paths.empty() && std::all_of(paths.begin(), paths.end(), [&](const std::string& path) {
        return std::any_of(expected.begin(), expected.end(), [&](std::string_view one) {
            return below(path, one);
        });
    });
}

std::string joined(const std::vector<std::string>& paths) {
    std::string text;
    for (const std::string& path : paths) text += path + " ";
    return text;
}

/// Every row of the table in one world, so that each step is one plan and one apply for all.
class Table {
public:
    explicit Table(const std::function<bool(const Field&)>& wanted) {
        std::vector<std::string> targets;
        for (const char* name : {"target-1", "target-2"}) {
            sim::Channel channel;
            channel.name = name;
            channel.instance_id = world_.instances.at(0);
            targets.push_back(world_.cloud.plant(channel));
        }
        const auto with_targets = [&](std::string text) {
            for (std::size_t i = 0; i < targets.size(); ++i) {
                const std::string word = "TARGET-" + std::to_string(i + 1);
                for (std::size_t at = 0; (at = text.find(word)) != std::string::npos;)
                    text.replace(at, word.size(), targets[i]);
            }
            return text;
        };
        for (const Field& field : all_fields()) {
            if (!wanted(field)) continue;
            Spec base(with_targets(base_spec(field.base)));
            const bool reference = field.base == "reference";  // its target is on one instance
            base.set(
                "/instance_ids", "[\"" + world_.instances.at(0) +
                                     (reference ? "" : "\",\"" + world_.instances.at(1)) + "\"]"
            );
            Spec changed = base;
            for (const auto& [pointer, value] : field.changes)
                changed.set(pointer, with_targets(std::string(value)));
            rows_.push_back({&field, "row-" + std::to_string(rows_.size()), base, changed});
        }
    }

    std::vector<Row>& rows() { return rows_; }
    CloudWorld& world() { return world_; }

    /// What every row wishes from now on; the text after the spec is the rest of the document.
    void wish(const std::function<std::string(const Row&)>& document) {
        std::map<std::string, std::string> documents;
        for (const Row& row : rows_) documents[row.name] = "\"spec\":" + document(row);
        wish_ = wish_of(documents);
    }
    Report plan() { return world_.plan(wish_); }

    /// Applies, and returns how often each channel was written.
    std::map<std::string, std::size_t> apply() {
        for (Row& row : rows_) row.before = live(row);
        world_.writes();
        const Outcome outcome = world_.apply(wish_);
        CHECK_MESSAGE(outcome.report.errors.empty(), told(outcome.report));
        return world_.writes();
    }
    void check_nothing_to_do() {
        const Report left = plan();
        CHECK_MESSAGE(left.changes.empty(), told(left));
        const auto counts = apply();
        for (const auto& [name, count] : counts) FAIL_CHECK("written: ", name);
    }
    /// The last apply changed just these fields, by one write.
    void check_changed(
        const Row& row, const std::map<std::string, std::size_t>& counts,
        const std::vector<std::string_view>& expected
    ) {
        INFO(row.field->property);
        const auto it = counts.find(row.name);
        CHECK((it == counts.end() ? 0 : it->second) == 1);
        for (const auto& [instance, state] : live(row)) {
            const auto changed = changed_fields(row.before.at(instance), state);
            CHECK_MESSAGE(covered(changed, expected), joined(changed));
        }
    }
    void check_untouched(const Row& row) {
        for (const auto& [instance, state] : live(row)) {
            const auto changed = changed_fields(row.before.at(instance), state);
            CHECK_MESSAGE(changed.empty(), row.field->property, ": ", joined(changed));
        }
    }
    /// The plan tells just these fields, with that reason.
    void check_told(const Report& report, const Row& row, std::string_view reason) {
        INFO(row.field->property);
        const auto change =
            std::find_if(report.changes.begin(), report.changes.end(), [&](const ReportedChange& one) {
                return one.key.name == row.name;
            });
        REQUIRE(change != report.changes.end());
        CHECK(change->action == ChangeAction::update);
        std::vector<std::string> paths;
        for (const ReportedField& field : change->fields) {
            paths.push_back(field.path);
            CHECK_MESSAGE(field.reason == reason, field.path, ": ", field.reason);
        }
        CHECK_MESSAGE(covered(paths, row.field->paths), joined(paths));
    }
    /// Somebody else makes the live channel as `spec` has it, in the parts that the row is about.
    void change_live(const Row& row, const Spec& spec) {
        for (const sim::Channel& channel : world_.cloud.channels_named(row.name)) {
            std::string patch;
            for (const std::string& part : row.parts())
                patch += (patch.empty() ? "{\"" : ",\"") + part + "\":" + spec.part(part);
            const auto [status, answer] =
                world_.cloud.admin("PUT", "/channels/" + channel.id, patch + "}");
            REQUIRE_MESSAGE(status == 200, answer, patch);
            const LiveState before = live_state(channel);
            const auto changed = changed_fields(before, live(row).at(channel.instance_id));
            CHECK_MESSAGE(
                covered(changed, row.field->paths), row.field->property, ": ", joined(changed)
            );
        }
    }

private:
    std::map<InstanceId, LiveState> live(const Row& row) const {
        std::map<InstanceId, LiveState> states;
        for (const sim::Channel& channel : world_.cloud.channels_named(row.name))
            states.emplace(channel.instance_id, live_state(channel));
        return states;
    }

    CloudWorld world_;
    std::vector<Row> rows_;
    Wish wish_;
};

bool comparable(const Field& field) {
    return field.kind == FieldKind::required || field.kind == FieldKind::optional;
}
bool may_be_absent(const Field& field) {
    return field.kind == FieldKind::optional;
}
std::string base_of(const Row& row) {
    return row.base.json();
}
std::string changed_of(const Row& row) {
    return row.changed.json();
}
std::string toggled(Spec spec, const Row& row) {
    const auto [pointer, value] = row.toggle();
    spec.set(pointer, value);
    return spec.json();
}

}  // namespace

TEST_CASE("a field that changes in the manifest is written once, and nothing else with it") {
    Table table(comparable);
    table.wish(base_of);
    table.apply();
    table.check_nothing_to_do();
    table.wish(changed_of);
    const Report plan = table.plan();
    for (const Row& row : table.rows()) table.check_told(plan, row, "the manifest changed");
    const auto counts = table.apply();
    for (const Row& row : table.rows()) table.check_changed(row, counts, row.field->paths);
    table.check_nothing_to_do();
}

TEST_CASE("a field that changes in the cloud is told as drift, and corrected by one write") {
    Table table(comparable);
    table.wish(changed_of);
    table.apply();
    for (const Row& row : table.rows()) table.change_live(row, row.base);
    const Report plan = table.plan();
    for (const Row& row : table.rows()) table.check_told(plan, row, "the live channel drifted");
    const auto counts = table.apply();
    for (const Row& row : table.rows()) table.check_changed(row, counts, row.field->paths);
    table.check_nothing_to_do();
}

TEST_CASE("a field that the manifest leaves out is never compared and never touched") {
    Table table(may_be_absent);
    table.wish(changed_of);
    table.apply();
    table.wish([](const Row& row) { return row.unmanaged().json(); });
    CHECK(table.apply().empty());
    for (const Row& row : table.rows()) table.check_untouched(row);
    for (const Row& row : table.rows()) table.change_live(row, row.base);
    table.check_nothing_to_do();
    for (const Row& row : table.rows()) table.check_untouched(row);
    // An update of something else has to send it as it is live.
    table.wish([](const Row& row) { return toggled(row.unmanaged(), row); });
    const auto counts = table.apply();
    for (const Row& row : table.rows()) table.check_changed(row, counts, {row.toggle().first});
    table.check_nothing_to_do();
}

TEST_CASE("a field that lifecycle.ignore names is never compared and never overwritten") {
    Table table(comparable);
    const auto ignoring = [](const std::string& spec, const Row& row) {
        std::string pointers;
        for (const std::string_view path : row.field->paths)
            pointers += (pointers.empty() ? "\"" : ",\"") + std::string(path) + '"';
        return spec + ",\"lifecycle\":{\"ignore\":[" + pointers + "]}";
    };
    table.wish([&](const Row& row) { return ignoring(row.base.json(), row); });
    table.apply();
    for (const Row& row : table.rows()) table.change_live(row, row.changed);
    table.check_nothing_to_do();
    for (const Row& row : table.rows()) table.check_untouched(row);
    table.wish([&](const Row& row) { return ignoring(toggled(row.base, row), row); });
    const auto counts = table.apply();
    for (const Row& row : table.rows()) table.check_changed(row, counts, {row.toggle().first});
    table.check_nothing_to_do();
}

TEST_CASE("a change of the type is refused, and nothing is written") {
    Table table([](const Field& field) { return field.kind == FieldKind::unchanging; });
    table.wish(base_of);
    table.apply();
    table.wish(changed_of);
    const Report plan = table.plan();
    REQUIRE(plan.changes.size() == table.rows().size());
    for (const ReportedChange& change : plan.changes) {
        CHECK(change.action == ChangeAction::refused);
        CHECK(change.why.find("the type of a channel never changes") != std::string::npos);
    }
    CHECK(table.apply().empty());
    for (const Row& row : table.rows()) table.check_untouched(row);
}

TEST_CASE("a live type that differs from the wanted one is told, also where the manifest says none") {
    CloudWorld world;
    std::map<std::string, std::string> documents;
    for (const std::string base : {"ip", "ecs", "bare", "cse", "cce", "cce_service", "nacos"}) {
        Spec spec(base_spec(base));
        spec.set("/instance_ids", "[\"" + world.instances.at(0) + "\"]");
        documents["type-" + base] = "\"spec\":" + spec.json();
        if (spec.part("microservice_info") != "null") continue;
        spec.set("/type", "");
        spec.set("/vpc_channel_type", "");
        documents["no-type-" + base] = "\"spec\":" + spec.json();
    }
    const Wish wish = wish_of(documents);
    world.apply(wish);
    CHECK_MESSAGE(world.plan(wish).changes.empty(), told(world.plan(wish)));
    for (const sim::Channel& channel : world.cloud.channels()) {
        const bool server = channel.type == sim::ChannelType::builtin;
        world.cloud.change(channel.id, [&](sim::Channel& live) {
            live.type = server ? sim::ChannelType::microservice : sim::ChannelType::builtin;
        });
    }
    world.writes();
    const Report plan = world.plan(wish);
    CHECK(plan.changes.size() == documents.size());
    for (const ReportedChange& change : plan.changes) {
        CHECK_MESSAGE(change.action == ChangeAction::refused, change.key.name);
        CHECK_MESSAGE(
            change.why.find("the type of a channel never changes") != std::string::npos, change.key.name
        );
        CHECK(std::any_of(change.fields.begin(), change.fields.end(), [](const ReportedField& field) {
            return field.path == "/vpc_channel_type";
        }));
    }
    world.apply(wish);
    CHECK(world.writes().empty());
}

TEST_CASE("a field that the cloud does not look at leads to no write") {
    Table table([](const Field& field) { return field.kind == FieldKind::unsupported; });
    table.wish(base_of);
    table.apply();
    table.wish(changed_of);
    CHECK(table.apply().empty());
    for (const Row& row : table.rows()) table.check_untouched(row);
    table.check_nothing_to_do();
}

}  // namespace fairway
