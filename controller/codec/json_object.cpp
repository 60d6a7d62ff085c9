#include "controller/codec/json_object.hpp"

#include <limits>

namespace fairway {

std::optional<std::string> JsonObject::text(std::string_view field) const {
    const JsonValue value = value_.member(field);
    if (!value.exists() || value.is_null()) return std::nullopt;
    const auto text = value.text();
    if (!text) refuse(field, "is not text");
    if (text && text->size() > reading_->longest) {
        refuse(field, "is too long");
        return std::nullopt;
    }
    if (!text || !fits(field, text->size())) return std::nullopt;
    return std::string(*text);
}

std::string JsonObject::text_or_empty(std::string_view field) const {
    return text(field).value_or(std::string());
}

std::string JsonObject::required_text(std::string_view field) const {
    auto value = text(field);
    if (!value || value->empty()) refuse(field, "is missing");
    return std::move(value).value_or(std::string());
}

std::optional<int> JsonObject::integer(std::string_view field) const {
    const JsonValue value = value_.member(field);
    if (!value.exists() || value.is_null()) return std::nullopt;
    const auto number = value.integer();
    if (!number || *number < std::numeric_limits<int>::min() ||
        *number > std::numeric_limits<int>::max()) {
        if (value.text() == "") return std::nullopt;  // the server's way to say that it is not set
        refuse(field, "is not a whole number");
        return std::nullopt;
    }
    return static_cast<int>(*number);
}

long long JsonObject::count(std::string_view field) const {
    const JsonValue value = value_.member(field);
    if (!value.exists() || value.is_null()) return 0;
    const auto number = value.integer();
    if (!number) refuse(field, "is not a whole number");
    return number.value_or(0);
}

std::optional<bool> JsonObject::boolean(std::string_view field) const {
    const JsonValue value = value_.member(field);
    if (!value.exists() || value.is_null()) return std::nullopt;
    const auto truth = value.boolean();
    if (!truth) refuse(field, "is neither true nor false");
    return truth;
}

std::optional<JsonObject> JsonObject::object(std::string_view field) const {
    const JsonValue value = value_.member(field);
    if (!value.exists() || value.is_null()) return std::nullopt;
    if (!value.is_object()) {
        refuse(field, "is not an object");
        return std::nullopt;
    }
    return JsonObject(value, *this, field, no_index);
}

std::vector<std::string> JsonObject::texts(std::string_view field) const {
    std::vector<std::string> texts;
    const JsonValue array = value_.member(field);
    if (!array.exists() || array.is_null()) return texts;
    if (!array.is_array()) refuse(field, "is not a list");
    if (!fits(field, array.size() * sizeof(std::string))) return texts;
    texts.reserve(array.size());
    for (std::size_t i = 0; i < array.size(); ++i) {
        const auto text = array.at(i).text();
        if (!text) refuse(field, "holds something that is not text");
        if (text && text->size() > reading_->longest) refuse(field, "holds a text that is too long");
        if (!text || text->size() > reading_->longest || !fits(field, text->size())) return texts;
        texts.emplace_back(*text);
    }
    return texts;
}

void JsonObject::refuse(std::string_view field, std::string_view what) const {
    if (!reading_->flaw.empty()) return;
    std::string place = path();
    if (!place.empty() && !field.empty()) place += '.';
    place += field;
    reading_->flaw = place + ' ' + std::string(what);
}

bool JsonObject::fits(std::string_view field, std::size_t bytes) const {
    if (bytes > reading_->room) {
        if (reading_->flaw.empty()) reading_->too_large = true;
        refuse(field, "is too large");
        return false;
    }
    reading_->room -= bytes;
    return true;
}

std::string JsonObject::path() const {
    std::string path = parent_ != nullptr ? parent_->path() : std::string();
    if (!path.empty() && !field_.empty()) path += '.';
    path += field_;
    if (index_ != no_index) path += '[' + std::to_string(index_) + ']';
    return path;
}

}  // namespace fairway
