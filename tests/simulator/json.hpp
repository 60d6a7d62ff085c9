#pragma once

#include <rapidjson/document.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace apic_simulator {

using JsonValue = rapidjson::Value;
using JsonDocument = rapidjson::Document;

/// False when `text` is not JSON, is not UTF-8, or is nested deeper than anything the API knows.
bool parse_json(JsonDocument& document, std::string_view text);

/// The value of `key`; of a repeated key the last, as the server has it. Null when it is absent or null.
const JsonValue* find(const JsonValue& object, std::string_view key);
/// The text at `key`, or an empty one.
std::string_view text_at(const JsonValue& object, std::string_view key);

/// Writes JSON without a tree.
class JsonWriter {
public:
    JsonWriter() : writer_(out_) {}
    JsonWriter(const JsonWriter&) = delete;
    JsonWriter& operator=(const JsonWriter&) = delete;

    JsonWriter& begin_object() { return writer_.StartObject(), *this; }
    JsonWriter& end_object() { return writer_.EndObject(), *this; }
    JsonWriter& begin_array() { return writer_.StartArray(), *this; }
    JsonWriter& end_array() { return writer_.EndArray(), *this; }
    JsonWriter& key(std::string_view name) { return writer_.Key(name.data(), size(name)), *this; }
    JsonWriter& null() { return writer_.Null(), *this; }

    JsonWriter& value(std::string_view text) { return writer_.String(text.data(), size(text)), *this; }
    JsonWriter& value(const char* text) { return value(std::string_view(text)); }
    JsonWriter& value(const std::string& text) { return value(std::string_view(text)); }
    JsonWriter& value(bool flag) { return writer_.Bool(flag), *this; }
    JsonWriter& value(int number) { return writer_.Int(number), *this; }
    JsonWriter& value(unsigned number) { return writer_.Uint(number), *this; }
    JsonWriter& value(std::int64_t number) { return writer_.Int64(number), *this; }
    JsonWriter& value(std::uint64_t number) { return writer_.Uint64(number), *this; }
    JsonWriter& value(double number) { return writer_.Double(number), *this; }
    JsonWriter& value(const JsonValue& tree) { return tree.Accept(writer_), *this; }

    template <class T>
    JsonWriter& field(std::string_view name, const T& content) {
        return key(name).value(content);
    }

    std::string str() const { return out_.text; }
    /// What was written, without a copy; nothing more can be written.
    std::string take() { return std::move(out_.text); }

private:
    /// A string as RapidJSON wants to write to it.
    struct Output {
        using Ch = char;
        std::string text;
        void Put(char c) { text.push_back(c); }
        void Flush() {}
    };

    static rapidjson::SizeType size(std::string_view text) {
        return static_cast<rapidjson::SizeType>(text.size());
    }

    Output out_;
    rapidjson::Writer<Output> writer_;
};

}  // namespace apic_simulator
