#include "tests/bad_inputs/manifest_inputs.hpp"

namespace fairway::bad_inputs {
namespace {

using enum Verdict;

const std::string head = "apiVersion: fairway/v1\nkind: VpcChannel\n";

/// A good manifest, with that name and that spec instead of its own where given.
std::string named(const std::string& name, const std::string& spec = {}) {
    const std::string usual =
        "  port: 22\n  balance_strategy: 1\n  member_type: ip\n"
        "  member_groups: [{member_group_name: blue, member_group_weight: 1}]\n"
        "  members: [{host: 192.168.0.5, weight: 1, member_group_name: blue}]\n"
        "  instance_ids: [eea73cde015940908ae0117d67bf7330]\n";
    return head + "metadata: {name: " + name + "}\nspec:\n" + (spec.empty() ? usual : spec);
}

/// A good manifest with lines of its spec in the place of the usual ones, or beside them.
std::string with(const std::string& lines, const std::string& without = {}) {
    static const std::vector<std::pair<std::string, std::string>> usual{
        {"port", "  port: 22\n"},
        {"balance_strategy", "  balance_strategy: 1\n"},
        {"member_type", "  member_type: ip\n"},
        {"member_groups", "  member_groups: [{member_group_name: blue, member_group_weight: 1}]\n"},
        {"members", "  members: [{host: 192.168.0.5, weight: 1, member_group_name: blue}]\n"},
        {"instance_ids", "  instance_ids: [eea73cde015940908ae0117d67bf7330]\n"}};
    std::string spec;
    for (const auto& [key, line] : usual) {
        const bool replaced =
            lines.find("  " + key + ":") == 0 || lines.find("\n  " + key + ":") != std::string::npos;
        if (!replaced && without.find(key) == std::string::npos) spec += line;
    }
    return named("VPC_demo", spec + lines);
}

std::string health(const std::string& fields) {
    return with("  vpc_health_config: {" + fields + "}\n");
}
const std::string good_health =
    "threshold_normal: 2, threshold_abnormal: 5, time_interval: 10, timeout: 5, protocol: ";

std::string repeated(const std::string& text, std::size_t times) {
    std::string all;
    all.reserve(text.size() * times);
    for (std::size_t i = 0; i < times; ++i) all += text;
    return all;
}

std::string utf16(const std::string& text, bool mark) {
    std::string wide = mark ? std::string("\xff\xfe") : std::string();
    for (const char c : text) wide += {c, '\0'};
    return wide;
}

std::string nacos(const std::string& fields) {
    return with(
        "  vpc_channel_type: microservice\n  member_groups: [{member_group_name: blue}]\n"
        "  microservice_info: {service_type: NACOS, nacos_info: {" +
            fields + "}}\n",
        "members member_groups member_type"
    );
}

}  // namespace

std::vector<Input> manifest_inputs() {
    std::vector<Input> all{
        {"M1", "an empty file", "", blank},
        {"M2", "comments only", "# one\n# two\n", nothing},
        {"M2", "separators only", "---\n---\n", blank},
        {"M3", "a byte order mark only", "\xef\xbb\xbf", blank},
        {"M3", "a byte order mark before a manifest", "\xef\xbb\xbf" + named("VPC_demo"), accepted},
        {"M4", "UTF-16 with its mark", utf16(named("VPC_demo"), true), refused},
        {"M4", "UTF-16 without its mark", utf16(named("VPC_demo"), false), refused},
        {"M5", "a byte that is no UTF-8", named("VPC_demo") + "  remark: \"\xff\"\n", refused},
        {"M5", "an overlong form", named("VPC_demo") + "# \xc0\xaf\n", refused},
        {"M6", "NUL in a string", named("\"a\\0bc\""), refused},
        {"M6", "NUL in the file", named("VPC_demo") + std::string("\0", 1), refused},
        {"M6", "a control character in a string", named("\"a\\x07bc\""), refused},
        {"M7", "CRLF",
         [] {
             std::string text;
             for (const char c : named("VPC_demo"))
                 text += c == '\n' ? std::string("\r\n") : std::string(1, c);
             return text;
         }(),
         accepted},
        {"M7", "tabs for indentation", head + "metadata:\n\tname: VPC_demo\n", refused},
        {"M8", "a key twice", named("VPC_demo") + "  port: 23\n", refused},
        {"M8", "a section twice", named("VPC_demo") + "metadata: {name: other}\n", refused},
        {"M9", "one name in two documents", named("VPC_demo") + "---\n" + named("VPC_demo"), refused,
         true},
        {"M11", "names that differ by case", named("VPC_demo") + "---\n" + named("vpc_DEMO"), warned},
        {"M11", "a letter that looks like another", named("VPC_d\xd0\xb5mo"), refused},
        {"M12", "two characters", named("ab"), refused},
        {"M12", "three characters", named("abc"), accepted},
        {"M12", "64 characters", named("a" + std::string(63, 'b')), accepted},
        {"M12", "65 characters", named("a" + std::string(64, 'b')), refused},
        {"M12", "64 Chinese characters", named(repeated("\xe4\xb8\xad", 64)), accepted},
        {"M12", "65 Chinese characters", named(repeated("\xe4\xb8\xad", 65)), refused},
        {"M12", "characters of four bytes", named(repeated("\xf0\x9f\x98\x80", 5)), refused},
        {"M13", "a digit first", named("\"1abc\""), refused},
        {"M13", "a dot first", named(".abc"), refused},
        {"M13", "a hyphen first", named("\"-abc\""), refused},
        {"M14", "a space", named("\"a bc\""), refused},
        {"M14", "a slash", named("a/bc"), refused},
        {"M14", "a per cent sign", named("\"a%20\""), refused},
        {"M14", "a line end", named("\"a\\nbc\""), refused},
        {"M14", "two dots", named("\"..\""), refused},
        {"M15", "aliases that multiply",
         head + "metadata:\n  name: VPC_demo\n  annotations:\n    a: &a [x, x]\n    b: &b [*a, *a]\n",
         refused, true},
        {"M16", "an alias within itself",
         head + "metadata:\n  name: VPC_demo\n  annotations:\n    a: &a [*a]\n", refused, true},
        {"M17", "an anchor", head + "metadata:\n  name: &n VPC_demo\n", refused, true},
        {"M17", "a merge key", named("VPC_demo") + "<<: {a: b}\n", refused},
        {"M18", "!!binary", named("!!binary VlBDX2RlbW8="), refused},
        {"M18", "!!python/object", named("!!python/object:os.system ls"), refused},
        {"M18", "!include", named("!include /etc/passwd"), refused},
        {"M19", "33 levels",
         named("VPC_demo") + "x: " + std::string(33, '[') + std::string(33, ']') + "\n", refused},
        {"M19", "1,000 levels",
         named("VPC_demo") + "x: " + std::string(1000, '[') + std::string(1000, ']') + "\n", refused},
        {"M19", "200,000 levels", std::string(200000, '['), refused},
        {"M19", "200,000 compact levels", repeated("- ", 200000), refused},
        {"M20", "a byte more than a mebibyte", named("VPC_demo") + "#" + std::string(1 << 20, 'x'),
         refused},
        {"M20", "one huge scalar", named("VPC_demo", "  port: " + std::string(1000000, '1') + "\n"),
         refused, true},
        {"M20", "100,000 keys",
         [] {
             std::string text = named("VPC_demo");
             for (int i = 0; i < 80000; ++i) text += "k" + std::to_string(i) + ": 1\n";
             return text;
         }(),
         refused},
        {"M21", "a quote that does not end", named("\"VPC_demo"), refused},
        {"M21", "a block scalar to the end", head + "metadata: |\n  name: VPC_demo\n", refused, true},
        {"M24", "yes for a truth",
         health(good_health + "http, path: /, http_code: \"200\", enable_client_ssl: yes"), refused},
        {"M24", "y for a truth",
         health(good_health + "http, path: /, http_code: \"200\", enable_client_ssl: y"), refused},
        {"M25", "no name", head + "metadata: {}\nspec: {port: 22}\n", refused, true},
        {"M25", "a name that is null", named("null"), refused},
        {"M25", "a name that is ~", named("~"), refused},
        {"M25", "an empty name", named("\"\""), refused},
        {"M25", "a port that is null", with("  port: null\n"), refused},
        {"M25", "instances that are null", with("  instance_ids: null\n"), refused},
        {"M27", "a key that is not known", with("  colour: red\n"), refused},
        {"M27", "a key misspelt", with("  balance_stategy: 1\n", "balance_strategy"), refused},
        {"M27", "a key with a space behind it", with("  \"port \": 22\n", "port"), refused, true},
        {"M28", "a list for the spec", head + "metadata: {name: VPC_demo}\nspec: [a]\n", refused},
        {"M28", "a mapping for the members", with("  members: {host: 192.168.0.5}\n"), refused},
        {"M28", "a text for the instances", with("  instance_ids: eea73cde015940908ae0117d67bf7330\n"),
         refused},
        {"M28", "a mapping for the port", with("  port: {a: b}\n"), refused},
        {"M29", "no instance", with("  instance_ids: []\n"), refused},
        {"M29", "one instance twice",
         with("  instance_ids: [eea73cde015940908ae0117d67bf7330, eea73cde015940908ae0117d67bf7330]\n"),
         refused},
        {"M29", "an instance id with a slash", with("  instance_ids: [a/b]\n"), refused},
        {"M30", "both ways to give the type, at odds", with("  type: 3\n  vpc_channel_type: builtin\n"),
         refused},
        {"M30", "both ways to give the type, in words that say the same",
         with("  type: 2\n  vpc_channel_type: builtin\n"), accepted},
        {"M31", "a microservice without its facts",
         with("  vpc_channel_type: microservice\n", "members member_groups member_type"), refused},
        {"M32", "an interval as short as the time-out",
         health("threshold_normal: 2, threshold_abnormal: 5, time_interval: 5, timeout: 5, protocol: tcp"
         ),
         refused},
        {"M32", "an interval shorter than the time-out",
         health("threshold_normal: 2, threshold_abnormal: 5, time_interval: 4, timeout: 5, protocol: tcp"
         ),
         refused},
        {"M34", "a check by HTTP without a path", health(good_health + "http, http_code: \"200\""),
         refused},
        {"M35", "a path with a line end",
         health(good_health + "http, http_code: \"200\", path: \"/a\\r\\nb\""), refused},
        {"M35", "a path of 10 kB",
         health(good_health + "http, http_code: \"200\", path: /" + std::string(10000, 'a')), refused},
        {"M36", "Chinese characters for a host",
         with("  members: [{host: \"\xe4\xb8\xad\", weight: 1, member_group_name: blue}]\n"), refused},
        {"M36", "a host that is an address in hexadecimal",
         with("  members: [{host: 0x7f.1, weight: 1, member_group_name: blue}]\n"), refused},
        {"M36", "members by server without an id", with("  member_type: ecs\n"), refused, true},
        {"M37", "a group that does not exist",
         with("  members: [{host: 192.168.0.5, weight: 1, member_group_name: other}]\n"), refused},
        {"M37", "a group twice",
         with("  member_groups: [{member_group_name: blue, member_group_weight: 1}, {member_group_name: "
              "blue, "
              "member_group_weight: 2}]\n"),
         refused},
        {"M37", "a member twice",
         with("  members: [{host: 192.168.0.5, weight: 1, member_group_name: blue}, {host: 192.168.0.5, "
              "weight: 2, member_group_name: blue}]\n"),
         refused},
        {"M38", "a service that begins with @", nacos("service_name: \"@a\""), refused, true},
        {"M38", "a service with two @", nacos("service_name: \"a@@b\""), refused, true},
        {"M39", "a password in the manifest",
         nacos("service_name: s, user_info: {user_name: u, password: hunter2}"), refused, true},
        {"M39", "a secret that is not defined",
         nacos("service_name: s, user_info: {user_name: u, password: {secret: no-such}}"), refused,
         true},
        {"M40", "an endpoint", named("VPC_demo") + "endpoint: https://evil.example\n", refused},
        {"M40", "a region", head + "metadata: {name: VPC_demo, region: cn-north-4}\nspec: {port: 22}\n",
         refused, true},
        {"M40", "a project that is not configured",
         head + "metadata: {name: VPC_demo, project: other}\nspec: {port: 22}\n", refused, true},
        {"M40", "a file for a secret",
         nacos("service_name: s, user_info: {user_name: u, password: {file: /etc/passwd}}"), refused,
         true},
    };
    for (const char* port :
         {"022", "1_0", "1e3", "22.0", "\"22\"", "0", "-1", "65536", "2147483648",
          "100000000000000000000", ".inf", ".nan"})
        all.push_back(
            {port[0] == '.' ? "M26" : "M22, M23", "port " + std::string(port),
             with("  port: " + std::string(port) + "\n"), refused}
        );
    for (const char* port : {"0x16", "0o26", "+22"})  // whole numbers of YAML 1.2, and of nothing else
        all.push_back(
            {"M22", "port " + std::string(port), with("  port: " + std::string(port) + "\n"), accepted}
        );
    all.push_back({"M23", "port 65535", with("  port: 65535\n"), accepted});
    for (const char* codes : {"99", "600", "299-200", "200,", "x"})
        all.push_back(
            {"M33", "codes " + std::string(codes),
             health(good_health + "http, path: /, http_code: \"" + std::string(codes) + "\""), refused}
        );
    for (const char* codes : {"200", "200,201", "200-299"})
        all.push_back(
            {"M33", "codes " + std::string(codes),
             health(good_health + "http, path: /, http_code: \"" + std::string(codes) + "\""), accepted}
        );
    all.push_back(
        {"M33", "10 kB of commas",
         health(good_health + "http, path: /, http_code: \"" + std::string(10000, ',') + "\""), refused}
    );
    for (const int count : {1, 10, 11}) {
        std::string list;
        for (int i = 0; i < count; ++i)
            list += (i > 0 ? ", " : "") + std::string("\"eea73cde015940908ae0117d67bf73") +
                    std::to_string(10 + i) + "\"";
        all.push_back(
            {"M29", std::to_string(count) + " instances", with("  instance_ids: [" + list + "]\n"),
             accepted}
        );
    }
    return all;
}

}  // namespace fairway::bad_inputs
