// Any bytes as a manifest file: a verdict with a place, what is accepted can be written and read again,
// and what is put into its usual form once stays so.
#include "manifests/manifests.hpp"
#include "manifests/write/manifest_format.hpp"
#include "manifests/write/manifest_text.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace fairway {
namespace {

void read_again(const Manifest& manifest, const ManifestContext& context) {
    ManifestDraft draft;
    draft.name = manifest.key.name;
    draft.project = manifest.key.project;
    draft.spec = manifest.spec;
    const FileManifests again = parse_manifests("again.yaml", manifest_text(draft), context);
    must(again.manifests.size() == 1, "what was accepted is accepted again");
    must(again.manifests.front()->key == manifest.key, "the name stays");
    must(again.manifests.front()->spec == manifest.spec, "the spec stays");
}

void put_in_order(std::string_view text) {
    static const KeyOrder order(
        {"apiVersion", "kind", "metadata", "metadata.name", "metadata.labels", "spec", "spec.port",
         "spec.members", "spec.members[].host", "spec.members[].weight", "spec.instance_ids"}
    );
    const FormattedManifests once = format_manifests("fuzz.yaml", text, order);
    if (!once.problems.empty()) {
        must(once.text == text, "what is refused is left as it is");
        return;
    }
    const FormattedManifests twice = format_manifests("fuzz.yaml", once.text, order);
    must(twice.problems.empty() && twice.text == once.text, "once is enough");
}

}  // namespace
}  // namespace fairway

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace fairway;
    ManifestContext context;
    context.projects = {"default", "second"};
    context.secrets = {"nacos-prod"};
    context.check_names = true;
    const FileManifests file = parse_manifests("fuzz.yaml", text_of(data, size), context);
    std::size_t errors = 0;
    for (const ManifestProblem& problem : file.problems) {
        must(!problem.wrong.empty(), "a problem says what is wrong");
        must(problem.place.line >= 0 && problem.place.column >= 0, "a place is one");
        if (problem.severity == Severity::error) ++errors;
    }
    must((file.invalid > 0) == (errors > 0), "what is refused says why, and only that");
    for (const auto& manifest : file.manifests) read_again(*manifest, context);
    put_in_order(text_of(data, size));
    return 0;
}
