#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "controller/codec/json_tree.hpp"
#include "controller/codec/too_large.hpp"
#include "reconciler/model/channel.hpp"
#include "reconciler/model/error.hpp"

namespace fairway {

/// What becomes of reading one document.
struct JsonReading {
    std::string flaw;  ///< the first thing that is wrong; empty when nothing is
    /// Bytes that what is read may still take, for "{}" is two and an element of ours hundreds. The
    /// largest page that the contract allows by default needs eight million.
    std::size_t room = std::size_t{10} << 20;
    bool too_large = false;  ///< the flaw is that the room does not do
    /// Of one text, in bytes: it may end up in a path or a header. The longest that is known is a token.
    std::size_t longest = 64U << 10;
};

/// An object of an answer, with its place in it. Reading never fails at once: the first thing that does
/// not fit the contract is kept, with its path, and judged when all is read; lists that begin behind it
/// are not read any more. Absent and null scalars are nothing; so is a word that the contract does not
/// know.
class JsonObject {
public:
    /// `reading` outlives this and everything read from it.
    JsonObject(JsonValue value, JsonReading& reading) : value_(value), reading_(&reading) {}
    JsonObject(JsonValue value, const JsonObject& parent, std::string_view field, std::size_t index)
        : value_(value), reading_(parent.reading_), parent_(&parent), field_(field), index_(index) {}

    bool has(std::string_view field) const { return value_.member(field).exists(); }
    std::optional<std::string> text(std::string_view field) const;
    std::string text_or_empty(std::string_view field) const;
    std::string required_text(std::string_view field) const;  ///< present and not empty
    std::optional<int> integer(std::string_view field) const;
    int integer_or_zero(std::string_view field) const { return integer(field).value_or(0); }
    long long count(std::string_view field) const;  ///< a wide integer, 0 when absent
    std::optional<bool> boolean(std::string_view field) const;
    /// A word of the contract.
    template <class Enum>
    std::optional<Enum> word(std::string_view field) const {
        const auto spelling = text(field);
        return spelling ? parse_enum<Enum>(*spelling) : std::nullopt;
    }
    /// A number of the contract, from 1 to `last`.
    template <class Enum>
    std::optional<Enum> number(std::string_view field, Enum last) const {
        const auto value = integer(field);
        if (!value || *value < 1 || *value > static_cast<int>(last)) return std::nullopt;
        return static_cast<Enum>(*value);
    }
    /// Nothing when absent or null. The object refers to this one.
    std::optional<JsonObject> object(std::string_view field) const;
    /// Nothing when absent, empty when null.
    template <class Read>
    auto list(std::string_view field, Read read) const {
        using Element = decltype(read(std::declval<const JsonObject&>()));
        std::optional<std::vector<Element>> elements;
        const JsonValue array = value_.member(field);
        if (!array.exists()) return elements;
        elements.emplace();
        if (array.is_null()) return elements;
        if (!array.is_array()) refuse(field, "is not a list");
        if (!fits(field, array.size() * sizeof(Element))) return elements;
        elements->reserve(array.size());
        for (std::size_t i = 0; i < array.size() && reading_->flaw.empty(); ++i) {
            const JsonObject element(array.at(i), *this, field, i);
            if (!element.value_.is_object()) element.refuse({}, "is not an object");
            elements->push_back(read(element));
        }
        return elements;
    }
    std::vector<std::string> texts(std::string_view field) const;  ///< a list of text, empty when absent

    void refuse(std::string_view field, std::string_view what) const;

private:
    static constexpr std::size_t no_index = static_cast<std::size_t>(-1);
    std::string path() const;
    /// Takes so many bytes of the room, or refuses the field.
    bool fits(std::string_view field, std::size_t bytes) const;

    JsonValue value_;
    JsonReading* reading_;
    const JsonObject* parent_ = nullptr;
    std::string_view field_;
    std::size_t index_ = no_index;
};

/// The whole document as one object, read by `read`; the refusal of whatever did not fit.
template <class Read>
auto read_document(std::string body, Read read)
    -> Result<decltype(read(std::declval<const JsonObject&>()))> {
    auto tree = JsonTree::parse(std::move(body));
    if (!tree) return tree.error();
    if (!tree->root().is_object()) {
        return Error(ErrorClass::retryable, ErrorReason::server, "not the contract's shape: no object");
    }
    JsonReading reading;
    const JsonObject object(tree->root(), reading);
    auto value = read(object);
    if (reading.too_large) return too_large(reading.flaw);
    if (!reading.flaw.empty()) {
        return Error(
            ErrorClass::retryable, ErrorReason::server, "not the contract's shape: " + reading.flaw
        );
    }
    return value;
}

}  // namespace fairway
