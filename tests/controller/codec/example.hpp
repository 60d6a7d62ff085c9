#pragma once

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace fairway {

/// One of the API's example bodies, by its name without ".json".
inline std::string example(const std::string& name) {
    std::ifstream file(std::string(FAIRWAY_TEST_DATA) + "/api/" + name + ".json", std::ios::binary);
    REQUIRE_MESSAGE(file, "no example ", name);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// `text` with the first `from` replaced by `to`, which must be there.
inline std::string with(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE_MESSAGE(at != std::string::npos, "nowhere: ", from);
    return text.replace(at, from.size(), to);
}

}  // namespace fairway
