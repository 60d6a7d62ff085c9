#include "tests/simulation/planted_secrets.hpp"

#include <algorithm>
#include <array>

#include "tests/support/canaries.hpp"

namespace fairway::sim {
namespace {

constexpr std::string_view mark = "cAnArYbIrD";
constexpr std::size_t count = 12;

}  // namespace

const std::vector<std::string>& planted_secrets() {
    static const std::vector<std::string> all = [] {
        std::vector<std::string> made;
        for (std::size_t i = 0; i < count; ++i) {
            const std::string number = std::to_string(100 + i);
            made.push_back("k" + number + "/\"+\\=" + std::string(mark) + "&%" + number);
        }
        return made;
    }();
    return all;
}

std::string repeated_secret(Stream& random) {
    const std::string& secret = planted_secrets()[random.below(count)];
    const std::string before = "it was " + std::string(random.below(3), 'x');
    switch (random.below(5)) {
        case 0:
            return before + secret;
        case 1:
            return before + for_json(secret);
        case 2:
            return before + for_url(secret);
        case 3:
            return before + to_hex(secret);
        default:
            return to_base64(before + secret + "!");
    }
}

bool shows_secret(std::string_view text) {
    static const std::array<std::string, 5> marks{
        std::string(mark), to_hex(mark), inner_base64(mark, 0), inner_base64(mark, 1),
        inner_base64(mark, 2)};
    return std::any_of(marks.begin(), marks.end(), [&](const std::string& form) {
        return text.find(form) != std::string_view::npos;
    });
}

}  // namespace fairway::sim
