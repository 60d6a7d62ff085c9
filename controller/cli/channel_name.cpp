#include "controller/cli/channel_name.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

#include "controller/cli/setup.hpp"
#include "controller/report/plain_text.hpp"
#include "manifests/text.hpp"

namespace fairway {
namespace {

Task<ExitCode> gather(StateStore& store, std::set<ChannelKey>& known) {
    const Result<std::map<ChannelKey, Record>> ours = co_await store.load_all();
    if (ours) {
        for (const auto& [key, record] : *ours) known.insert(key);
    }
    const Result<std::vector<DeletedChannel>> deleted = co_await store.deleted();
    if (deleted) {
        for (const DeletedChannel& channel : *deleted) known.insert(channel.key);
    }
    const Result<std::vector<Directive>> directives = co_await store.directives();
    if (directives) {
        for (const Directive& directive : *directives) {
            if (directive.kind == Directive::Kind::suspension)
                known.insert({directive.project, directive.subject});
        }
    }
    co_return ExitCode::ok;
}

}  // namespace

std::string advice_for(const ChannelKey& key, const std::set<ChannelKey>& known) {
    std::vector<std::string_view> names;
    for (const ChannelKey& one : known) {
        if (key.project.empty() || one.project == key.project) names.push_back(one.name);
    }
    const std::string_view near = closest(key.name, names);
    if (!near.empty()) return "; did you mean " + plain(near) + "?";
    const auto elsewhere = std::find_if(known.begin(), known.end(), [&](const ChannelKey& one) {
        return one.name == key.name;
    });
    return elsewhere == known.end() ? std::string() : "; did you mean " + name_of(*elsewhere) + "?";
}

std::set<ChannelKey> known_channels(Setup& setup, StateStore* store) {
    std::set<ChannelKey> known;
    if (const Result<Wish> wish = read_wish(setup.common(), &setup.config)) {
        known = (*wish)->unreadable;
        for (const auto& [key, manifest] : (*wish)->manifests) known.insert(key);
    }
    if (store != nullptr) {
        run_until_done(setup.context, gather(*store, known), {});
        setup.context.restart();
    }
    return known;
}

std::string name_of(const ChannelKey& key) {
    return plain(key.project) + "/" + plain(key.name);
}

ChannelKey key_of(const Config& config, const std::string& text) {
    const auto slash = text.find('/');
    if (slash == std::string::npos) {
        if (config.projects.size() == 1) return {config.projects.front().name, text};
        throw CannotStart(
            ExitCode::invalid, plain(text) + ": there are several projects; write PROJECT/NAME"
        );
    }
    const ChannelKey key{text.substr(0, slash), text.substr(slash + 1)};
    for (const auto& project : config.projects) {
        if (project.name == key.project) return key;
    }
    throw CannotStart(ExitCode::invalid, plain(text) + ": no project is called " + plain(key.project));
}

ChannelKey known_key(
    const Config& config, const std::string& text, const std::set<ChannelKey>& known,
    const std::string& what
) {
    const auto slash = text.find('/');
    const bool bare = slash == std::string::npos;
    ChannelKey key{bare ? "" : text.substr(0, slash), bare ? text : text.substr(slash + 1)};
    if (bare && config.projects.size() == 1) key.project = config.projects.front().name;
    if (known.contains(key)) return key;
    if (bare) {
        std::vector<ChannelKey> bearers;
        for (const ChannelKey& one : known) {
            if (one.name == text) bearers.push_back(one);
        }
        if (bearers.size() == 1) return bearers.front();
        if (bearers.size() > 1) {
            throw CannotStart(
                ExitCode::invalid, plain(text) + ": several projects have it; write " +
                                       name_of(bearers[0]) + " or " + name_of(bearers[1])
            );
        }
    }
    throw CannotStart(
        ExitCode::invalid, plain(text) + ": no " + what + " has this name" + advice_for(key, known)
    );
}

}  // namespace fairway
