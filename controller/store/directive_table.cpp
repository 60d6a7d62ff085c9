#include "controller/store/directive_table.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace fairway {
namespace {

std::string_view name_of(Directive::Kind kind) {
    return kind == Directive::Kind::approval ? "approval" : "suspension";
}

}  // namespace

void DirectiveTable::put(const Directive& directive) {
    batch_.writing();
    std::optional<std::int64_t> until;
    if (directive.until) until = directive.until->time_since_epoch().count();
    database_.run(
        "INSERT OR REPLACE INTO directives VALUES (?, ?, ?, ?, ?)", name_of(directive.kind),
        directive.project, directive.subject, directive.reason, until
    );
}

void DirectiveTable::drop(const Directive& directive) {
    batch_.writing();
    database_.run(
        "DELETE FROM directives WHERE kind = ? AND project = ? AND subject = ?", name_of(directive.kind),
        directive.project, directive.subject
    );
}

std::vector<Directive> DirectiveTable::all() {
    std::vector<Directive> directives;
    Query row = database_.query(
        "SELECT kind, project, subject, reason, until FROM directives ORDER BY kind, project, subject"
    );
    while (row.step()) {
        Directive& directive = directives.emplace_back();
        directive.kind = row.text(0) == name_of(Directive::Kind::approval) ? Directive::Kind::approval
                                                                           : Directive::Kind::suspension;
        directive.project = row.text(1);
        directive.subject = row.text(2);
        directive.reason = row.text(3);
        if (const auto until = row.maybe_integer(4)) directive.until = WallTime(Duration(*until));
    }
    return directives;
}

}  // namespace fairway
