#include "controller/store/serial_witness.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>
#include <system_error>
#include <utility>

namespace fairway {
namespace {

constexpr std::string_view doubted = " doubted";

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

Result<SerialWitness> SerialWitness::open(const std::string& path, bool writable) {
    const int flags = writable ? O_RDWR | O_CREAT : O_RDONLY;
    SerialWitness witness(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (witness.descriptor_ < 0) {
        if (!writable && errno == ENOENT) return witness;
        return Error(
            ErrorClass::terminal, ErrorReason::internal,
            "the file " + path + ": " + std::generic_category().message(errno)
        );
    }
    std::array<char, 128> text{};
    const ssize_t size = pread(witness.descriptor_, text.data(), text.size(), 0);
    if (size > 0) witness.statement_ = parse({text.data(), static_cast<std::size_t>(size)});
    return witness;
}

SerialWitness::SerialWitness(SerialWitness&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), statement_(std::move(other.statement_)) {}

SerialWitness& SerialWitness::operator=(SerialWitness&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    std::swap(statement_, other.statement_);
    return *this;
}

SerialWitness::~SerialWitness() {
    if (descriptor_ >= 0) close(descriptor_);
}

void SerialWitness::note(const Statement& statement) const {
    if (descriptor_ < 0) return;
    std::string text = statement.lineage + ' ' + std::to_string(statement.serial);
    if (statement.doubted) text += doubted;
    text += '\n';
    if (pwrite(descriptor_, text.data(), text.size(), 0) < 0) return;
    const bool cut = ftruncate(descriptor_, static_cast<off_t>(text.size())) == 0;
    static_cast<void>(cut);
}

}  // namespace fairway
