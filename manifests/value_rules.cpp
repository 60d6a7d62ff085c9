#include "manifests/value_rules.hpp"

#include <algorithm>
#include <charconv>

#include "manifests/addresses.hpp"
#include "manifests/text.hpp"

namespace fairway::rules {
namespace {

bool is_digit(char32_t c) {
    return c >= U'0' && c <= U'9';
}
bool is_latin(char32_t c) {
    return (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z');
}
bool is_ideograph(char32_t c) {
    return c >= 0x4E00 && c <= 0x9FA5;
}
bool is_alnum(char32_t c) {
    return is_latin(c) || is_digit(c);
}
bool is_any_of(char32_t c, std::u32string_view set) {
    return set.find(c) != std::u32string_view::npos;
}

/// Whether the first character satisfies `first`, and every further one `other`.
template <class First, class Other>
bool starts_and_goes_on(std::string_view text, First first, Other other) {
    const auto start = take_code_point(text);
    if (!start || !first(*start)) return false;
    while (!text.empty()) {
        const auto c = take_code_point(text);
        if (!c || !other(*c)) return false;
    }
    return true;
}

template <class Each>
bool consists_of(std::string_view text, Each each) {
    return starts_and_goes_on(text, each, each);
}

/// `[A-Za-z一-龥][A-Za-z0-9_.\-一-龥]*`, the shape of names in the API.
bool is_name(std::string_view text) {
    return starts_and_goes_on(
        text, [](char32_t c) { return is_latin(c) || is_ideograph(c); },
        [](char32_t c) { return is_alnum(c) || is_ideograph(c) || is_any_of(c, U"_.-"); }
    );
}

bool is_word(std::string_view text) {
    return consists_of(text, [](char32_t c) { return is_alnum(c) || is_any_of(c, U"_-"); });
}

bool is_visible_ascii(std::string_view text) {
    return consists_of(text, [](char32_t c) { return c > U' ' && c < 0x7F; });
}

bool has_no_ideograph(std::string_view text) {
    return consists_of(text, [](char32_t c) { return !is_ideograph(c); });
}

/// Letters and digits at both ends, those of `inner` between.
bool is_enclosed(std::string_view text, std::u32string_view inner) {
    const auto each = [&](char32_t c) { return is_alnum(c) || is_any_of(c, inner); };
    return consists_of(text, each) && is_alnum(static_cast<unsigned char>(text.front())) &&
           is_alnum(static_cast<unsigned char>(text.back()));
}

bool is_label(std::string_view text) {
    return is_enclosed(text, U"._-");
}

bool is_label_key(std::string_view text) {
    return is_enclosed(text, U"._-/");
}

/// The vendor's pattern is open at the left: what precedes the last two characters is not said.
bool is_dict_code(std::string_view text) {
    const auto fits = [](char c) {
        return is_alnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
    };
    return fits(text[text.size() - 1]) && fits(text[text.size() - 2]);
}

bool is_workload_label_key(std::string_view text) {
    return starts_and_goes_on(
        text, [](char32_t c) { return is_alnum(c) || is_ideograph(c); },
        [](char32_t c) { return is_alnum(c) || is_ideograph(c) || is_any_of(c, U":._()/-（）：、"); }
    );
}

bool is_kubernetes_name(std::string_view text) {
    const auto lower = [](char32_t c) { return c >= U'a' && c <= U'z'; };
    return starts_and_goes_on(
               text, lower, [&](char32_t c) { return lower(c) || is_digit(c) || c == U'-'; }
           ) &&
           text.back() != '-';
}

bool is_nacos_group(std::string_view text) {
    return consists_of(text, [](char32_t c) { return is_alnum(c) || is_any_of(c, U"_.:-"); });
}

bool is_nacos_service(std::string_view text) {
    return has_no_ideograph(text) && !text.starts_with('@') && text.find("@@") == std::string_view::npos;
}

std::optional<Complaint> check_path(std::string_view text) {
    const std::string right = "write a path such as /healthz";
    if (!text.starts_with('/')) return Complaint{quote(text) + " does not start with /", right};
    if (text.starts_with("//"))
        return Complaint{quote(text) + " starts with //, which names a host", right};
    if (!is_visible_ascii(text)) {
        return Complaint{
            quote(text) + " contains blanks or characters that a request line cannot carry",
            "write them as %XX"};
    }
    if (text.find_first_of("?#\\") != std::string_view::npos) {
        return Complaint{quote(text) + " contains ?, # or a backslash", "write the path alone"};
    }
    return std::nullopt;
}

/// 100 to 599, exactly three digits.
std::optional<int> http_code(std::string_view text) {
    if (text.size() != 3 || text[0] < '1' || text[0] > '5' ||
        !is_digit(static_cast<unsigned char>(text[1])) ||
        !is_digit(static_cast<unsigned char>(text[2]))) {
        return std::nullopt;
    }
    return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

std::optional<Complaint> check_http_codes(std::string_view text) {
    const std::string right = "write codes from 100 to 599 and ranges, such as \"201,202,210-299\"";
    while (true) {
        const std::string_view part = text.substr(0, text.find(','));
        const auto dash = part.find('-');
        const auto low = http_code(part.substr(0, dash));
        const auto high = dash == std::string_view::npos ? low : http_code(part.substr(dash + 1));
        if (!low || !high)
            return Complaint{quote(part) + " is not an HTTP status or a range of them", right};
        if (*low > *high)
            return Complaint{quote(part) + " ends below its start", "write the lower code first"};
        if (part.size() == text.size()) return std::nullopt;
        text.remove_prefix(part.size() + 1);
    }
}

std::optional<Complaint> check_pointer(std::string_view text) {
    if (!text.starts_with('/')) {
        return Complaint{
            quote(text) + " does not start with /", "write a pointer such as /members/*/weight"};
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '~') continue;
        if (i + 1 == text.size() || (text[i + 1] != '0' && text[i + 1] != '1')) {
            return Complaint{
                quote(text) + " contains a ~ that is no escape", "write ~0 for ~, and ~1 for /"};
        }
    }
    if (text.ends_with('/') || text.find("//") != std::string_view::npos) {
        return Complaint{
            quote(text) + " has an empty part", "write a pointer such as /members/*/weight"};
    }
    return std::nullopt;
}

/// Does not repeat the text: it may be the secret itself, written where its name belongs.
std::optional<Complaint> check_secret_name(std::string_view text) {
    if (is_label(text)) return std::nullopt;
    return Complaint{"is no secret's name", "write the name of a secret of the configuration"};
}

/// Takes exactly `digits` digits, for a value from `low` to `high`.
std::optional<int> take_number(std::string_view& text, std::size_t digits, int low, int high) {
    int value = 0;
    const std::string_view part = text.substr(0, digits);
    if (part.size() < digits ||
        !std::all_of(part.begin(), part.end(), [](char c) { return c >= '0' && c <= '9'; })) {
        return std::nullopt;
    }
    std::from_chars(part.data(), part.data() + digits, value);
    if (value < low || value > high) return std::nullopt;
    text.remove_prefix(digits);
    return value;
}

bool take(std::string_view& text, std::string_view any_of) {
    if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

constexpr std::string_view name_advice =
    "Latin letters, digits, Chinese characters, and . _ -, a letter or Chinese character first";
constexpr std::string_view word_advice = "letters, digits, - and _";

}  // namespace

const TextRule channel_name{"a channel name", 3, 64, is_name, name_advice};
const TextRule group_name{"a group name", 3, 64, is_name, name_advice};
const TextRule member_group{"a group name", 0, 64, is_name, name_advice};
const TextRule project_name{
    "a project's name", 1, 64, is_label, "the name of a project of the configuration"};
const TextRule secret_name{
    "a secret's name", 1, 64, nullptr, "the name of a secret of the configuration", check_secret_name};
const TextRule instance_id{"an instance id", 1, 128, is_word, word_advice};
const TextRule label_key{
    "a label's key", 1, 128, is_label_key, "letters, digits, and . _ - / between them"};
const TextRule label_value{
    "a label's value", 0, 63, is_label, "letters, digits, and . _ - between them"};
const TextRule annotation_value{"text", 0, 4096, nullptr, {}, nullptr, true};
const TextRule remark{"a remark", 0, 255};
const TextRule dict_code{"a dictionary code", 3, 64, is_dict_code, "letters, digits, and . _ -"};
const TextRule microservice_version{"a version", 0, 64};
const TextRule microservice_label{"a label", 1, 63, is_label, "letters, digits, and . _ - between them"};
const TextRule channel_id{"a channel id", 1, 64, is_word, word_advice};
const TextRule member_host{"an address",     1, 255, nullptr, "an IP address or a host name",
                           check_member_host};
const TextRule ecs_id{"a cloud server's id", 1, 255, is_word, word_advice};
const TextRule ecs_name{
    "a cloud server's name", 1, 64,
    [](std::string_view text) {
        return consists_of(text, [](char32_t c) {
            return is_alnum(c) || is_ideograph(c) || is_any_of(c, U"_.-");
        });
    },
    "Latin letters, digits, Chinese characters, and . _ -"};
const TextRule health_path{"a path", 1, 1024, nullptr, "a path such as /healthz", check_path};
const TextRule http_codes{"HTTP status codes", 1, 1024, nullptr, "codes such as \"200,201-204\"",
                          check_http_codes};
const TextRule engine_id{"an engine id", 1, 64, is_visible_ascii, "the id without blanks"};
const TextRule service_id{"a microservice id", 1, 64, is_visible_ascii, "the id without blanks"};
const TextRule cluster_id{"a cluster id", 1, 64, is_visible_ascii, "the id without blanks"};
const TextRule cce_namespace{"a namespace", 1, 64, is_visible_ascii, "the name without blanks"};
const TextRule cce_service_namespace{
    "a namespace", 1, 63, is_kubernetes_name,
    "lower-case letters, digits and -, a letter first and no - last"};
const TextRule workload_name{"an app's name", 1, 64, is_name, name_advice};
const TextRule workload_label_key{
    "a label's key", 1, 64, is_workload_label_key,
    "letters, digits, Chinese characters, and : . _ ( ) / -"};
const TextRule workload_label_value{"a label's value", 1, 64, is_name, name_advice};
const TextRule cce_service_name{"a Service's name", 1, 64, is_name, name_advice};
const TextRule nacos_namespace{"a namespace id", 0, 64, is_word, word_advice};
const TextRule nacos_cluster{"a cluster name", 0, 64, is_word, word_advice};
const TextRule nacos_group{"a group name", 0, 128, is_nacos_group, "letters, digits, and _ . : -"};
const TextRule nacos_service{
    "a Nacos service name", 1, 512, is_nacos_service,
    "a name without Chinese characters and @@, and no @ first"};
const TextRule nacos_address{"an address",     7, 128, nullptr, "an IP address or a host name",
                             check_member_host};
const TextRule user_name{"a user name", 1, 64};
const TextRule json_pointer{"a JSON pointer", 1, 512, nullptr, "a pointer such as /members/*/weight",
                            check_pointer};
const TextRule reason{"a reason", 0, 255};

std::optional<WallTime> parse_moment(std::string_view text) {
    using namespace std::chrono;
    const auto y = take_number(text, 4, 1970, 9999);
    if (!y || !take(text, "-")) return std::nullopt;
    const auto mon = take_number(text, 2, 1, 12);
    if (!mon || !take(text, "-")) return std::nullopt;
    const auto d = take_number(text, 2, 1, 31);
    if (!d || !take(text, "Tt")) return std::nullopt;
    const year_month_day date{
        year(*y), month(static_cast<unsigned>(*mon)), day(static_cast<unsigned>(*d))};
    if (!date.ok()) return std::nullopt;
    const auto h = take_number(text, 2, 0, 23);
    if (!h || !take(text, ":")) return std::nullopt;
    const auto min = take_number(text, 2, 0, 59);
    if (!min || !take(text, ":")) return std::nullopt;
    const auto s = take_number(text, 2, 0, 59);
    if (!s) return std::nullopt;
    Duration fraction{0};
    if (take(text, ".")) {
        int unit = 100'000;
        std::size_t digits = 0;
        while (const auto digit = take_number(text, 1, 0, 9)) {
            fraction += Duration(*digit * unit);
            unit /= 10;
            ++digits;
        }
        if (digits == 0 || digits > 9) return std::nullopt;
    }
    minutes offset{0};
    const bool behind = text.starts_with('-');
    if (!take(text, "Zz")) {
        if (!take(text, "+-")) return std::nullopt;
        const auto offset_hours = take_number(text, 2, 0, 23);
        if (!offset_hours || !take(text, ":")) return std::nullopt;
        const auto offset_minutes = take_number(text, 2, 0, 59);
        if (!offset_minutes) return std::nullopt;
        offset = minutes(*offset_hours * 60 + *offset_minutes);
    }
    if (!text.empty()) return std::nullopt;
    const WallTime local = sys_days(date) + hours(*h) + minutes(*min) + seconds(*s) + fraction;
    return behind ? local + offset : local - offset;
}

}  // namespace fairway::rules
