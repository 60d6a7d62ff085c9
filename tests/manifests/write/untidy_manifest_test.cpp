// Manifests that are laid out at random, put into their usual form.
#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "manifests/manifests.hpp"
#include "tests/manifests/manifest_text.hpp"
#include "tests/manifests/write/short_order.hpp"

namespace fairway {
namespace {

/// Draws manifests that are laid out in all sorts of ways.
class Untidy {
public:
    explicit Untidy(unsigned seed) : dice_(seed) {}

    std::string document() {
        std::vector<std::string> top{
            "apiVersion: fairway/v1\n", "kind: VpcChannel\n",
            block(
                "metadata", 0, {"name: channel_" + std::to_string(number(1000)) + "\n", annotations()}
            ),
            block("spec", 0, spec())};
        if (chance(2)) top.push_back(block("lifecycle", 0, {"drift: warn\n", "adopt: if-equal\n"}));
        return comment() + shuffled(std::move(top), 0) + comment();
    }
    const std::vector<std::string>& comments() const { return comments_; }

private:
    unsigned number(unsigned below) { return static_cast<unsigned>(dice_() % below); }
    bool chance(unsigned of) { return number(of) == 0; }
    std::string pick(std::initializer_list<const char*> words) {
        return *(words.begin() + number(static_cast<unsigned>(words.size())));
    }

    std::string comment() {
        std::string text;
        while (chance(3)) text += chance(3) ? std::string(number(3), ' ') + "\n" : mark() + "\n";
        return text;
    }
    std::string mark() {
        comments_.push_back("# c" + std::to_string(comments_.size()) + pick({".", ": x", " - y", "\""}));
        return comments_.back();
    }
    std::string behind() {
        return chance(4) ? std::string(1 + number(3), ' ') + mark() : pick({"", "", "  "});
    }

    /// `lines` further in; comments keep off the lines of texts, for these begin with a bar.
    static std::string indented(const std::string& lines, std::size_t by) {
        std::string out;
        for (std::size_t at = 0; at < lines.size();) {
            const std::size_t end = lines.find('\n', at);
            if (end > at) out += std::string(by, ' ');
            out += lines.substr(at, end + 1 - at);
            at = end + 1;
        }
        return out;
    }
    std::string shuffled(std::vector<std::string> entries, std::size_t by) {
        std::shuffle(entries.begin(), entries.end(), dice_);
        std::string out;
        for (const std::string& entry : entries) out += comment() + entry;
        return indented(out, by);
    }
    std::string block(const std::string& key, std::size_t, std::vector<std::string> entries) {
        std::erase(entries, "");
        return key + ":" + behind() + "\n" + shuffled(std::move(entries), 1 + number(5)) +
               (chance(6) ? "  " + mark() + "\n" : "");
    }
    std::string annotations() {
        switch (number(5)) {
            case 0:
                return block(
                    "annotations", 0, {"note: |\n    # no comment  \n\n      deeper\n", "b: c\n"}
                );
            case 1:
                return block(
                    "annotations", 0, {"z: >-\n  a\n  b\n\n\n  c\n", "note: 'it''s\n\n  # two'\n"}
                );
            case 2:
                return block(
                    "annotations", 0, {"z: a plain\n  text\n\n  of lines\n", "b: \"x \\\n    # y\"\n"}
                );
            case 3:
                return "annotations: {z: 'a # b',\n    b: c}\n";
            default:
                return "";
        }
    }
    std::vector<std::string> spec() {
        std::vector<std::string> out{
            "port: 22" + behind() + "\n", "member_type:  ip" + behind() + "\n",
            list("instance_ids", {"eea73\n", "ddd73\n"})};
        std::vector<std::string> members;
        for (unsigned i = 0, n = number(4); i < n; ++i) {
            const std::string host = "host: 192.168.0." + std::to_string(i + 1);
            members.push_back(
                chance(3) ? "{weight: 1, " + host + "}\n"
                          : shuffled({"weight: 1" + behind() + "\n", host + "\n"}, 0)
            );
        }
        if (!members.empty()) out.push_back(list("members", std::move(members)));
        return out;
    }
    std::string list(const std::string& key, const std::vector<std::string>& items) {
        if (chance(3) && items.front().find(' ') == std::string::npos)
            return key + ": [eea73,\n  ddd73]\n";
        const std::size_t blanks = 1 + number(3);
        std::string out;
        for (std::string item : items) {
            // What stands above the first key of an item stands above its dash.
            std::string above;
            while (item.starts_with('#') || item.starts_with('\n') || item.starts_with(' ')) {
                const std::size_t end = item.find('\n') + 1;
                above += item.substr(0, end);
                item.erase(0, end);
            }
            std::string moved = indented(item, blanks + 1);
            moved[0] = '-';
            out += comment() + above + moved;
        }
        return key + ":" + behind() + "\n" + indented(out, number(4));
    }

    std::mt19937 dice_;
    std::vector<std::string> comments_;
};

TEST_CASE("whatever way it is laid out in, it says the same, loses no comment, and needs it only once") {
    std::size_t moved = 0;
    for (unsigned seed = 0; seed < 3'000; ++seed) {
        CAPTURE(seed);
        Untidy untidy(seed);
        std::string text = untidy.document();
        if (seed % 3 == 0) text += "---\n" + untidy.document();
        CAPTURE(text);
        const FileManifests before = parse_manifests("a.yaml", text, {});
        REQUIRE(test::told(before).empty());
        const FormattedManifests out = format_manifests("a.yaml", text, short_order());
        REQUIRE(out.problems.empty());
        CAPTURE(out.text);
        const FileManifests after = parse_manifests("a.yaml", out.text, {});
        REQUIRE(after.manifests.size() == before.manifests.size());
        for (std::size_t i = 0; i < after.manifests.size(); ++i) {
            REQUIRE(after.manifests[i]->key == before.manifests[i]->key);
            REQUIRE(after.manifests[i]->spec == before.manifests[i]->spec);
            REQUIRE(after.manifests[i]->lifecycle == before.manifests[i]->lifecycle);
            REQUIRE(after.manifests[i]->annotations == before.manifests[i]->annotations);
        }
        for (const std::string& comment : untidy.comments()) {
            REQUIRE(out.text.find(comment) != std::string::npos);
        }
        REQUIRE(format_manifests("a.yaml", out.text, short_order()).text == out.text);
        const std::size_t version = out.text.find("apiVersion: "), spec = out.text.find("\nspec:");
        if (version < out.text.find("\nkind: ") && out.text.find("\nkind: ") < spec) ++moved;
    }
    CHECK(moved == 3'000);
}

}  // namespace
}  // namespace fairway
