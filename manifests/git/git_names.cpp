#include "manifests/git/git_names.hpp"

#include <algorithm>

#include "manifests/addresses.hpp"
#include "manifests/text.hpp"

namespace fairway {
namespace {

constexpr std::string_view https = "https://", ssh = "ssh://";
constexpr const char* right_url = "write https://HOST/PATH or ssh://USER@HOST/PATH";

bool is_alnum(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool all_of(std::string_view text, bool (*fits)(char)) {
    return std::all_of(text.begin(), text.end(), fits);
}

bool is_user_character(char c) {
    return is_alnum(c) || c == '.' || c == '_' || c == '-';
}

bool is_path_character(char c) {
    return is_alnum(c) || std::string_view("._~/+@%-,=").find(c) != std::string_view::npos;
}

bool is_port(std::string_view text) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.empty() || text.size() > 5 || text.front() == '0') return false;
    return all_of(text, is_digit) && std::stoi(std::string(text)) <= 65535;
}

struct Parts {
    std::string_view user, host, port, path;
    bool has_user = false, has_port = false, bracketed = false;
};

Parts split(std::string_view rest) {
    Parts out;
    const auto slash = std::min(rest.find('/'), rest.size());
    std::string_view authority = rest.substr(0, slash);
    out.path = rest.substr(slash);
    if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
        out.has_user = true;
        out.user = authority.substr(0, at);
        authority.remove_prefix(at + 1);
    }
    if (authority.starts_with('[')) {
        const auto end = std::min(authority.find(']'), authority.size());
        out.bracketed = true;
        out.host = authority.substr(1, end - 1);
        authority.remove_prefix(std::min(end + 1, authority.size()));
        out.has_port = !authority.empty();
        out.port = authority.starts_with(':') ? authority.substr(1) : authority;
    } else {
        const auto colon = authority.find(':');
        out.host = authority.substr(0, colon);
        out.has_port = colon != std::string_view::npos;
        if (out.has_port) out.port = authority.substr(colon + 1);
    }
    return out;
}

std::optional<Complaint> check_scheme(std::string_view url, const std::string& shown) {
    const bool may_be_user = url.find('@') != std::string_view::npos;
    if (url.starts_with('-')) return Complaint{shown + " begins like an option", right_url};
    if (lower_case(url.substr(0, 7)) == "http://") return Complaint{"is not encrypted", right_url};
    if (url.find("://") == std::string_view::npos && url.find("::") == std::string_view::npos &&
        may_be_user)
        return Complaint{"is the short form of an ssh address", "write ssh://USER@HOST/PATH"};
    return Complaint{shown + " is neither an https nor an ssh URL", right_url};
}

}  // namespace

std::optional<Complaint> check_git_url(std::string_view url) {
    // What stands before an @ may be a password, also where it should not stand at all.
    const std::string shown = url.find('@') != std::string_view::npos ? "the URL" : quote(url);
    const bool over_ssh = url.starts_with(ssh);
    if (!url.starts_with(https) && !over_ssh) return check_scheme(url, shown);
    const Parts parts = split(url.substr(over_ssh ? ssh.size() : https.size()));
    if (!over_ssh && parts.has_user)
        return Complaint{"contains a user or a password", "write them under credentials"};
    if (parts.user.find(':') != std::string_view::npos)
        return Complaint{"contains a password", "leave it out, and give a key_file"};
    if (parts.has_user &&
        (parts.user.empty() || parts.user.front() == '-' || !all_of(parts.user, is_user_character)))
        return Complaint{"has a user that is no plain name", right_url};
    const bool host = parts.bracketed ? parse_ipv6(parts.host).has_value()
                                      : parse_ipv4(parts.host) || is_host_name(parts.host);
    if (!host || parts.host.starts_with('-')) {
        return Complaint{
            shown + " names no host", std::string(right_url) + ", an IPv6 address in brackets"};
    }
    if (parts.has_port && !is_port(parts.port))
        return Complaint{shown + " has no port from 1 to 65535", right_url};
    if (parts.path.size() < 2) return Complaint{shown + " names no repository", right_url};
    if (!all_of(parts.path, is_path_character)) {
        return Complaint{
            shown + " has a query, a fragment, or characters that no URL has as they are",
            "end it after the path, with other characters as %xx"};
    }
    if (parts.path.starts_with("/-") || parts.path.find("//") != std::string_view::npos)
        return Complaint{shown + " has a path that can be misread", right_url};
    return std::nullopt;
}

std::optional<Complaint> check_git_name(std::string_view name) {
    const std::string right = "write it as `git branch` or `git tag` shows it, without refs/";
    if (name.starts_with('-')) return Complaint{quote(name) + " begins like an option", right};
    if (name.starts_with("refs/")) return Complaint{quote(name) + " begins with refs/", right};
    bool good = !name.empty() && name != "@" && !name.ends_with('.') && !name.ends_with('/') &&
                !name.starts_with('/') && !name.starts_with('.') && !name.ends_with(".lock");
    for (const char* part : {"..", "@{", "//", "/.", ".lock/"})
        good = good && name.find(part) == std::string_view::npos;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        good = good && byte > 0x20 && byte != 0x7F &&
               std::string_view("~^:?*[\\").find(c) == std::string_view::npos;
    }
    if (!good) return Complaint{quote(name) + " cannot be the name of a branch or tag", right};
    return std::nullopt;
}

std::optional<Complaint> check_git_commit(std::string_view id) {
    const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    if (id.size() == 40 && all_of(id, is_hex)) return std::nullopt;
    return Complaint{
        quote(id) + " is no whole commit id", "write all 40 digits, as `git rev-parse` shows them"};
}

std::optional<Complaint> check_git_path(std::string_view path) {
    const std::string right = "write a folder of the repository, such as channels or clusters/prod";
    if (path.starts_with('/')) return Complaint{quote(path) + " begins with a slash", right};
    for (std::string_view rest = path; !rest.empty();) {
        const auto size = std::min(rest.find('/'), rest.size());
        const std::string_view part = rest.substr(0, size);
        if (part.empty() || part == "." || part == ".." || part == ".git")
            return Complaint{quote(path) + " leads out of the repository, or nowhere", right};
        rest.remove_prefix(std::min(size + 1, rest.size()));
    }
    return std::nullopt;
}

GitHost git_host_of(std::string_view url) {
    const Parts parts = split(url.substr(url.starts_with(ssh) ? ssh.size() : https.size()));
    GitHost out{std::string(parts.host), std::string(parts.port), {}};
    out.authority = parts.bracketed ? '[' + out.host + ']' : out.host;
    if (parts.has_port) out.authority += ':' + out.port;
    return out;
}

}  // namespace fairway
