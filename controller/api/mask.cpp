#include "controller/api/mask.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "controller/api/base64.hpp"
#include "controller/api/json_escapes.hpp"
#include "reconciler/model/mutant.hpp"

namespace fairway {
namespace {

constexpr std::size_t shortest = 4;  // what is shorter stands in texts by chance
constexpr std::size_t shortest_line = 16;
constexpr std::size_t issued_kept = 8;

void add_credentials(const Credentials& credentials, std::vector<Secret>& out) {
    if (const auto* login = std::get_if<Password>(&credentials)) {
        out.push_back(login->password);
        return;
    }
    const auto& key = std::get<AccessKey>(credentials);
    out.push_back(key.access_key);
    out.push_back(key.secret_key);
    if (key.security_token) out.push_back(*key.security_token);
}

std::string hex(std::string_view bytes, std::string_view digits) {
    std::string out;
    out.reserve(2 * bytes.size());
    for (const char c : bytes) {
        out += digits[static_cast<unsigned char>(c) >> 4];
        out += digits[static_cast<unsigned char>(c) & 15];
    }
    return out;
}

std::string in_url(std::string_view bytes, std::string_view digits, std::string_view as_is) {
    std::string out;
    out.reserve(3 * bytes.size());
    for (const char c : bytes) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (plain || as_is.find(c) != as_is.npos) {
            out += c;
        } else {
            (out += '%') += hex(std::string_view(&c, 1), digits);
        }
    }
    return out;
}

std::string in_json(std::string_view bytes, bool slashes) {
    std::string out;
    out.reserve(2 * bytes.size());
    for (const char c : bytes) {
        if (c == '\n' || c == '\r' || c == '\t') {
            (out += '\\') += c == '\n' ? 'n' : c == '\r' ? 'r' : 't';
            continue;
        }
        if (c == '"' || c == '\\' || (slashes && c == '/')) out += '\\';
        out += c;
    }
    return out;
}

/// What stands in the base64 of any text that has `bytes` behind `before` others, modulo three.
std::string amid_base64(std::string_view bytes, std::size_t before) {
    std::string shifted;
    shifted.reserve(before + bytes.size());
    shifted.append(before, '\0').append(bytes);
    const WipedLater wiped(shifted);
    std::string text = base64(shifted);
    text.resize(4 * (shifted.size() / 3) + shifted.size() % 3);
    text.erase(0, before == 0 ? 0 : before + 1);
    return text;
}

void replace_all(std::string& text, std::string_view form) {
    if (form.size() < shortest) return;
    // In one go: each by itself would move all that follows, and a hostile text consists of nothing
    // else.
    constexpr std::string_view stars = "***";
    std::size_t written = 0, read = 0;
    for (std::size_t at = 0; (at = text.find(form, read)) != std::string::npos;
         read = at + form.size()) {
        std::char_traits<char>::move(text.data() + written, text.data() + read, at - read);
        written += at - read;
        written += stars.copy(text.data() + written, stars.size());
    }
    if (read > 0) text.erase(written, read - written);
}

void cover_bytes(std::string& text, std::string_view bytes) {
    if (bytes.size() < shortest) return;
    constexpr std::string_view low = "0123456789abcdef", high = "0123456789ABCDEF";
    replace_all(text, bytes);
    std::vector<std::string> forms;
    for (const bool slashes : {false, true}) {
        forms.push_back(in_json(bytes, slashes));
        // A text that is JSON may hold one that is, as an answer does that repeats a request.
        for (const bool outer : {false, true}) forms.push_back(in_json(forms.back(), outer));
    }
    for (const std::string_view digits : {low, high}) {
        forms.push_back(hex(bytes, digits));
        for (const std::string_view as_is : {"-._~", "-._~/", "-._*", "-._~!$&'()*+,;=:@/"})
            forms.push_back(in_url(bytes, digits, as_is));
    }
    for (const std::size_t before : {0U, 1U, 2U}) {
        std::string form = amid_base64(bytes, before);
        std::string of_url = form;
        std::replace(of_url.begin(), of_url.end(), '+', '-');
        std::replace(of_url.begin(), of_url.end(), '/', '_');
        forms.push_back(std::move(form));
        forms.push_back(std::move(of_url));
    }
    for (std::string& form : forms) {
        replace_all(text, form);
        wipe(form);
    }
}

}  // namespace

void cover(std::string& text, const Secret& secret) {
    const std::string_view bytes = secret.reveal();
    cover_bytes(text, bytes);
    if (bytes.find('\n') == bytes.npos) return;
    for (std::string_view rest = bytes; !rest.empty();) {  // a key in PEM form may be told in part
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        if (line.size() >= shortest_line && !line.starts_with("-----")) cover_bytes(text, line);
    }
}

Mask::Mask(const ProjectEndpoint& project, std::vector<Secret> others) : configured_(std::move(others)) {
    add_credentials(project.credentials, configured_);
    if (project.proxy) configured_.push_back(project.proxy->password);
    if (project.client_certificate) configured_.push_back(project.client_certificate->key);
}

void Mask::hide(Secret issued) {
    issued_.push_back(std::move(issued));
    if (issued_.size() > issued_kept) issued_.pop_front();
}

void Mask::cover(HttpReply& reply, const std::vector<Secret>& sent) const {
    if (mutant(Mutant::secrets_shown)) return;
    reply.edit([&](std::string& text) {
        resolve_escapes(text);
        for (const Secret& secret : configured_) fairway::cover(text, secret);
        for (const Secret& secret : issued_) fairway::cover(text, secret);
        for (const Secret& secret : sent) fairway::cover(text, secret);
    });
}

std::vector<Secret> secrets_sent(const HttpRequest& request) {
    static constexpr std::array<std::string_view, 3> telling{
        "X-Auth-Token", "X-Security-Token", "Authorization"};
    std::vector<Secret> out;
    for (const HttpField& field : request.fields) {
        if (std::find(telling.begin(), telling.end(), field.name) != telling.end())
            out.emplace_back(std::string_view(field.value));
    }
    return out;
}

}  // namespace fairway
