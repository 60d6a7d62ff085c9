#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "reconciler/model/error.hpp"

namespace fairway {

/// A look at one value of a JsonTree, or at nothing. Asking a value for what it is not gives nothing, so
/// no answer of a server can make a read go wrong.
class JsonValue {
public:
    JsonValue() = default;
    explicit JsonValue(const void* node) : node_(node) {}

    bool exists() const { return node_ != nullptr; }
    bool is_null() const;
    bool is_object() const;
    bool is_array() const;
    /// Nothing where there is no such member, or this is no object.
    JsonValue member(std::string_view name) const;
    std::size_t size() const;  ///< of an array; else 0
    JsonValue at(std::size_t index) const;
    std::optional<bool> boolean() const;
    // Numbers and text are not told apart: servers give one where the other is documented.
    std::optional<long long> integer() const;      ///< of 22, 22.0 and "22"
    std::optional<std::string_view> text() const;  ///< a number as it was spelt

private:
    const void* node_ = nullptr;
};

/// A parsed document. Whoever asks the values of a tree keeps the tree.
class JsonTree {
public:
    /// Refuses what is not one JSON value in UTF-8, nests deeper than 64 levels, has more than 524,288
    /// values and keys (both found before anything is built) or repeats a key. So a tree takes at most 8
    /// MiB beside the body, twice that while it is built: values refer to the body, which the tree keeps
    /// and wipes when it goes. The error tells where, never what: a body may hold anything.
    static Result<JsonTree> parse(std::string body);
    JsonTree(JsonTree&&) noexcept;
    JsonTree& operator=(JsonTree&&) noexcept;
    ~JsonTree();
    JsonValue root() const;

private:
    struct Document;
    explicit JsonTree(std::unique_ptr<Document> document);
    std::unique_ptr<Document> document_;
};

}  // namespace fairway
