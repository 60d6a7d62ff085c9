#include "manifests/git/git_names.hpp"

#include <doctest/doctest.h>

using namespace fairway;

namespace {

std::string told(const std::optional<Complaint>& complaint) {
    return complaint ? complaint->wrong + "; " + complaint->advice : "";
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST_CASE("https and ssh URLs are taken") {
    for (const char* url :
         {"https://git.example.org/team/channels.git", "https://127.0.0.1:8443/channels.git",
          "https://[::1]:8443/x", "ssh://git@git.example.org/team/channels.git",
          "ssh://git.example.org:2222/~me/x", "ssh://git@[fe80::1]/x", "https://x.org/a%20b"}) {
        CAPTURE(url);
        CHECK(told(check_git_url(url)).empty());
    }
}

TEST_CASE("every other way to a repository is refused") {
    for (const char* url :
         {"",
          "file:///srv/x.git",
          "/srv/x.git",
          "./x",
          "http://git.example.org/x",
          "git://git.example.org/x",
          "ext::sh -c id",
          "ext::ssh%20x",
          "fd::3",
          "-uhelper",
          "--upload-pack=id",
          "HTTPS://x.org/x",
          "https://",
          "https:///x",
          "https://x.org",
          "https://x.org/",
          "https://x.org:0/x",
          "https://x.org:70000/x",
          "https://x.org/x?y",
          "https://x.org/x#y",
          "https://x.org/a b",
          "https://x.org/x\ny",
          "https://x.org/-x",
          "https://x.org//x",
          "ssh://-oProxyCommand=id/x",
          "ssh://-o@x.org/x",
          "ssh://@x.org/x",
          "ssh://x.org/-x",
          "https://[x]/y",
          "git@x.org:y"}) {
        CAPTURE(url);
        CHECK_FALSE(told(check_git_url(url)).empty());
    }
    CHECK(has(told(check_git_url("git@x.org:team/y.git")), "write ssh://USER@HOST/PATH"));
    CHECK(has(told(check_git_url("http://x.org/y")), "is not encrypted"));
}

TEST_CASE("a password in a URL is refused and not shown") {
    for (const char* url :
         {"https://u:s3cret@x.org/y", "https://s3cret@x.org/y", "ssh://u:s3cret@x.org/y",
          "http://u:s3cret@x.org/y", "u:s3cret@x.org/y", "ftp://u:s3cret@x.org/y", "https://u:s3cret@/y",
          "https://x.org:s3cret@y/z",
          "ssh://a:s3cret"
          "@x.org/?"}) {
        const std::string text = told(check_git_url(url));
        CAPTURE(url);
        CHECK_FALSE(text.empty());
        CHECK_FALSE(has(text, "s3cret"));
    }
}

TEST_CASE("names of branches and tags follow Git's rules") {
    for (const char* name : {"main", "release/1.2", "v1.0", "feature/a_b-c", "übung"})
        CHECK(told(check_git_name(name)).empty());
    for (const char* name : {"",       "-x",       "refs/heads/main",
                             "a..b",   "a b",      "a:b",
                             "+a",     "a~1",      "a^",
                             "a?",     "a*",       "a[",
                             "a\\b",   "@",        "a@{1}",
                             "/a",     "a/",       "a//b",
                             "a.lock", "a.lock/b", ".a",
                             "a/.b",   "a.",       "a\x7f",
                             "a\nb"}) {
        CAPTURE(name);
        CHECK(told(check_git_name(name)).empty() == (std::string(name) == "+a"));
    }
}

TEST_CASE("a commit is a whole id, a path a folder of the repository") {
    CHECK(told(check_git_commit(std::string(40, 'a'))).empty());
    for (const std::string& id :
         {std::string(39, 'a'), std::string(40, 'A'), std::string(40, 'g'), std::string("HEAD")})
        CHECK_FALSE(told(check_git_commit(id)).empty());
    CHECK(told(check_git_path("clusters/prod")).empty());
    for (const char* path : {"/etc", "..", "a/../b", "./a", "a//b", ".git", "a/.git/b"})
        CHECK_FALSE(told(check_git_path(path)).empty());
}

TEST_CASE("the host of a URL") {
    CHECK(git_host_of("ssh://git@x.org:22/y").authority == "x.org:22");
    CHECK(git_host_of("https://[::1]:8443/y").authority == "[::1]:8443");
    CHECK(git_host_of("https://[::1]:8443/y").host == "::1");
    CHECK(git_host_of("https://x.org/y@z:1").authority == "x.org");
}

}  // namespace
