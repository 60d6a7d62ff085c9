#include <doctest/doctest.h>

#include "controller/codec/control_json.hpp"
#include "controller/codec/json_tree.hpp"

namespace fairway {

TEST_CASE("what a daemon says of a channel comes through whole, whatever text is in it") {
    const std::string hostile[] = {
        "<script>alert(1)</script>",
        "\"}],\"state\":\"in_sync\",\"x\":[{\"",
        "'; DROP TABLE channels; --\\",
        "a\nb\r\nc\td\x1b[31m\x7f",
        std::string("a\0b", 3),
        "\xe2\x80\xae"
        "txt.exe \xe2\x80\x8f \xe2\x80\xa8",
        std::string(1 << 20, '"'),
    };
    for (const std::string& text : hostile) {
        CAPTURE(text.substr(0, 40));
        const ChannelStanding standing{"failed", text, text, 3};
        const std::string json = to_json(standing);
        CHECK(json.find('\n') == std::string::npos);
        CHECK(JsonTree::parse(json));
        const auto back = parse_standing(json);
        REQUIRE(back);
        CHECK(back->state == "failed");
        CHECK(back->why == text);
        CHECK(back->flapping == text);
        CHECK(back->failures == 3);
    }
}

}  // namespace fairway
