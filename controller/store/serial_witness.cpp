#include "controller/store/serial_witness.hpp"

#include <charconv>
#include <string_view>

namespace fairway {
namespace {

constexpr std::string_view doubted = " doubted";
constexpr std::size_t longest = 128;

/// "lineage serial\n", or "lineage serial doubted\n".
std::optional<SerialWitness::Statement> parse(std::string_view text) {
    if (!text.ends_with('\n')) return std::nullopt;
    text.remove_suffix(1);
    SerialWitness::Statement statement;
    statement.doubted = text.ends_with(doubted);
    if (statement.doubted) text.remove_suffix(doubted.size());
    const auto space = text.find(' ');
    if (space == 0 || space == std::string_view::npos) return std::nullopt;
    statement.lineage = text.substr(0, space);
    const char* const end = text.data() + text.size();
    const auto [last, failed] = std::from_chars(text.data() + space + 1, end, statement.serial);
    if (failed != std::errc() || last != end) return std::nullopt;
    return statement;
}

}  // namespace

Result<SerialWitness> SerialWitness::open(StoreHost& host, const std::string& path, bool writable) {
    SerialWitness witness;
    auto file = host.open(path, writable ? StoreHost::Use::make : StoreHost::Use::look);
    if (!file) {
        if (!writable && file.error().cls() == ErrorClass::not_found) return witness;
        return file.error();
    }
    witness.file_ = *std::move(file);
    if (const auto text = witness.file_->read(longest)) witness.statement_ = parse(*text);
    return witness;
}

void SerialWitness::note(const Statement& statement) const {
    if (!file_) return;
    std::string text = statement.lineage + ' ' + std::to_string(statement.serial);
    if (statement.doubted) text += doubted;
    text += '\n';
    file_->replace(text);
}

}  // namespace fairway
