#include "controller/api/http_message.hpp"

#include <algorithm>

#include "reconciler/model/secret.hpp"

namespace fairway {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_name(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return lower(x) == lower(y);
    });
}

}  // namespace

void HttpReply::add(std::string_view name, std::string_view value) {
    if (places_.empty()) {
        text_.reserve(512);
        places_.reserve(16);
    }
    places_.push_back(
        {static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(name.size()),
         static_cast<std::uint32_t>(value.size())}
    );
    text_ += name;
    text_ += value;
}

std::string_view HttpReply::field(std::string_view name) const {
    const std::string_view text = text_;
    for (const Place& place : places_) {
        if (same_name(text.substr(place.begin, place.name_size), name)) {
            return text.substr(place.begin + place.name_size, place.value_size);
        }
    }
    return {};
}

std::size_t HttpReply::count(std::string_view name) const {
    const std::string_view text = text_;
    return static_cast<std::size_t>(std::count_if(
        places_.begin(), places_.end(),
        [&](const Place& place) { return same_name(text.substr(place.begin, place.name_size), name); }
    ));
}

void HttpReply::edit(const std::function<void(std::string&)>& change) {
    change(body);
    std::string text = std::exchange(text_, {});
    const WipedLater text_wiped(text);
    for (const Place& place : std::exchange(places_, {})) {
        const std::string_view whole = text;
        std::string value(whole.substr(place.begin + place.name_size, place.value_size));
        const WipedLater value_wiped(value);
        change(value);
        add(whole.substr(place.begin, place.name_size), value);
    }
}

void wipe(HttpRequest& request) noexcept {
    for (HttpField& field : request.fields) wipe(field.value);
    wipe(request.body);
}

void wipe(HttpReply& reply) noexcept {
    wipe(reply.body);
    wipe(reply.text_);
    reply.places_.clear();
}

}  // namespace fairway
