#include "controller/codec/json_tree.hpp"

#include <malloc.h>
#include <rapidjson/document.h>
#include <rapidjson/error/en.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "controller/codec/too_large.hpp"
#include "reconciler/model/secret.hpp"

namespace fairway {
namespace {

using Node = rapidjson::Value;

constexpr std::size_t max_depth = 64;
// A value takes 16 bytes, and as many more while the list or object that it stands in is being read.
// The largest page that the contract allows by default has some 200,000.
constexpr std::size_t max_values = 512U << 10;
// Numbers stay text. RapidJSON 1.1 crashes on some: with kParseFullPrecisionFlag on 0.777...e-336 with
// many digits, without it on 0.0000000001e-2147483639; and nothing here needs more than whole numbers.
constexpr unsigned parse_flags = rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                                 rapidjson::kParseNumbersAsStringsFlag;

Error refusal(std::string what) {
    return {ErrorClass::retryable, ErrorReason::server, "not usable JSON: " + std::move(what)};
}

struct Extent {
    std::size_t depth = 0, values = 1;
};

/// How deep the brackets go, and how many values and keys there are at most. Right up to the first
/// mistake in the syntax, where the parser stops too.
Extent extent_of(std::string_view body) {
    Extent extent;
    std::size_t depth = 0;
    for (std::size_t i = 0; i < body.size(); ++i) {
        switch (body[i]) {
            case '"':
                for (++i; i < body.size() && body[i] != '"'; ++i) {
                    if (body[i] == '\\') ++i;
                }
                break;
            case '[':
            case '{':
                extent.depth = std::max(extent.depth, ++depth);
                ++extent.values;
                break;
            case ',':
            case ':':
                ++extent.values;
                break;
            case ']':
            case '}':
                if (depth > 0) --depth;
                break;
            default:
                break;
        }
    }
    return extent;
}

std::string_view view(const Node& text) {
    return {text.GetString(), text.GetStringLength()};
}

/// The parser lets a lone low surrogate (\udc00) through, which is no UTF-8; bytes are checked by it.
bool holds_surrogate(std::string_view text) {
    for (std::size_t at = text.find('\xED'); at != std::string_view::npos;
         at = text.find('\xED', at + 1)) {
        if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) return true;
    }
    return false;
}

bool repeats_a_key(const Node& object) {
    const auto begin = object.MemberBegin(), end = object.MemberEnd();
    if (end - begin > 64) {  // comparing each with each would take long
        std::vector<std::string_view> names;
        names.reserve(static_cast<std::size_t>(end - begin));
        for (auto member = begin; member != end; ++member) names.push_back(view(member->name));
        std::sort(names.begin(), names.end());
        return std::adjacent_find(names.begin(), names.end()) != names.end();
    }
    std::uint64_t met = 0;  // one bit for each length with last letter: most names need no comparison
    for (auto member = begin; member != end; ++member) {
        const auto name = view(member->name);
        const auto letter = name.empty() ? 0U : static_cast<unsigned char>(name.back());
        const std::uint64_t bit = std::uint64_t{1} << ((name.size() * 7 + letter) % 64);
        if ((met & bit) != 0) {
            for (auto earlier = begin; earlier != member; ++earlier) {
                if (view(earlier->name) == name) return true;
            }
        }
        met |= bit;
    }
    return false;
}

/// What is wrong in a tree that the parser accepted; null when nothing is. The depth is bounded.
const char* flaw(const Node& node) {
    if (node.IsString()) return holds_surrogate(view(node)) ? "text that is not UTF-8" : nullptr;
    if (node.IsArray()) {
        for (const auto& element : node.GetArray()) {
            if (const char* found = flaw(element)) return found;
        }
    } else if (node.IsObject()) {
        if (repeats_a_key(node)) return "a repeated key";
        for (const auto& member : node.GetObject()) {
            if (holds_surrogate(view(member.name))) return "text that is not UTF-8";
            if (const char* found = flaw(member.value)) return found;
        }
    }
    return nullptr;
}

const Node* node_of(const void* node) {
    return static_cast<const Node*>(node);
}

}  // namespace

struct JsonTree::Document {
    Document(std::string body, std::size_t values)
        : text(std::move(body)),
          pool(std::clamp<std::size_t>(values * sizeof(Node), 1024, 1 << 20)),
          root(&pool, values * sizeof(Node)) {}  // room that is not used costs nothing, growing does
    Document(const Document&) = delete;
    Document& operator=(const Document&) = delete;
    ~Document() { wipe(text); }  // an answer of IAM holds a key

    std::string text;  // what the values are: none of it is copied
    rapidjson::MemoryPoolAllocator<> pool;
    rapidjson::Document root;
};

JsonTree::JsonTree(std::unique_ptr<Document> document) : document_(std::move(document)) {}
JsonTree::JsonTree(JsonTree&&) noexcept = default;
JsonTree& JsonTree::operator=(JsonTree&&) noexcept = default;
JsonTree::~JsonTree() = default;

JsonValue JsonTree::root() const {
    return JsonValue(static_cast<const Node*>(&document_->root));
}

Result<JsonTree> JsonTree::parse(std::string body) {
    if (body.find('\0') != std::string_view::npos)
        return refusal("a zero byte");  // the parser's own end
    const Extent extent = extent_of(body);
    if (extent.depth > max_depth) return refusal("nested too deeply");
    if (extent.values > max_values) return too_large("not usable JSON: too many values");

    // A character that is cut off at the end is taken for whole before it is looked at.
    body.append(3, '\0');
    auto document = std::make_unique<Document>(std::move(body), extent.values);
    document->root.ParseInsitu<parse_flags>(document->text.data());
    if (document->root.HasParseError()) {
        return refusal(
            std::string(rapidjson::GetParseError_En(document->root.GetParseError())) + " At byte " +
            std::to_string(document->root.GetErrorOffset())
        );
    }
    if (const char* found = flaw(document->root)) return refusal(found);
    // The parser's stack leaves a hole as large as the tree, which what is read from it need not fit
    // into.
    if (extent.values > (64U << 10)) malloc_trim(0);
    return JsonTree(std::move(document));
}

bool JsonValue::is_null() const {
    return exists() && node_of(node_)->IsNull();
}

bool JsonValue::is_object() const {
    return exists() && node_of(node_)->IsObject();
}

bool JsonValue::is_array() const {
    return exists() && node_of(node_)->IsArray();
}

JsonValue JsonValue::member(std::string_view name) const {
    if (!is_object()) return {};
    const Node& object = *node_of(node_);
    const auto found = object.FindMember(
        Node(rapidjson::StringRef(name.data(), static_cast<rapidjson::SizeType>(name.size())))
    );
    return found == object.MemberEnd() ? JsonValue() : JsonValue(&found->value);
}

std::size_t JsonValue::size() const {
    return is_array() ? node_of(node_)->Size() : 0;
}

JsonValue JsonValue::at(std::size_t index) const {
    if (index >= size()) return {};
    return JsonValue(node_of(node_)->Begin() + index);
}

std::optional<bool> JsonValue::boolean() const {
    if (!exists() || !node_of(node_)->IsBool()) return std::nullopt;
    return node_of(node_)->GetBool();
}

std::optional<long long> JsonValue::integer() const {
    if (!exists() || !node_of(node_)->IsString()) return std::nullopt;
    const auto text = view(*node_of(node_));
    const char* const end = text.data() + text.size();
    long long whole = 0;
    const auto read = std::from_chars(text.data(), end, whole);
    if (read.ec == std::errc() && read.ptr == end) return whole;

    constexpr std::size_t longest = 40;  // no number of the contract has more digits
    if (text.size() > longest) return std::nullopt;
    double value = 0;  // 22.0
    const auto point = std::from_chars(text.data(), end, value);
    constexpr double exact = 9007199254740992.0;  // 2^53: beyond it a double names several numbers
    if (point.ec != std::errc() || point.ptr != end || !(std::abs(value) < exact)) return std::nullopt;
    if (std::trunc(value) != value) return std::nullopt;
    return static_cast<long long>(value);
}

std::optional<std::string_view> JsonValue::text() const {
    if (!exists() || !node_of(node_)->IsString()) return std::nullopt;
    return view(*node_of(node_));
}

}  // namespace fairway
