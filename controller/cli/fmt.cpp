#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "controller/app/manifest_files.hpp"
#include "controller/cli/commands.hpp"
#include "controller/cli/setup.hpp"
#include "controller/report/plain_text.hpp"
#include "controller/report/schema_fields.hpp"
#include "manifests/manifests.hpp"
#include "manifests/source_names.hpp"
#include "manifests/write/manifest_format.hpp"

namespace fairway {
namespace {

namespace fs = std::filesystem;

KeyOrder schema_order() {
    std::vector<std::string> paths;
    for (const SchemaField& field : schema_fields(manifest_schema())) paths.push_back(field.path);
    return KeyOrder(paths);
}

/// The bytes of `in`, or one more than a manifest may have.
std::string read_some(std::istream& in) {
    std::string bytes(max_manifest_bytes + 1, '\0');
    in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.resize(static_cast<std::size_t>(in.gcount()));
    return bytes;
}

class Formatter {
public:
    explicit Formatter(bool check) : check_(check) {}

    void take_input() {
        const std::string bytes = read_some(std::cin);
        const auto text = formatted("-", bytes);
        if (!check_) {
            std::cout << text.value_or(bytes);
        } else if (text && *text != bytes) {
            differs("-");
        }
    }

    void take(const std::string& given) {
        std::error_code error;
        const fs::file_status status = fs::status(given, error);
        if (fs::is_directory(status)) return take_folder(given);
        if (!fs::is_regular_file(status)) {
            const bool odd = !error && fs::exists(status);
            return cannot_read(given, odd ? "is neither a file nor a directory" : reason(error));
        }
        const fs::path target = fs::canonical(given, error);  // a link stays one
        if (error) return cannot_read(given, reason(error));
        take_file(given, target);
    }

    ExitCode code() const { return exit_code_of(failures_, false); }

private:
    static std::string reason(const std::error_code& error) {
        return error ? error.message()
                     : std::make_error_code(std::errc::no_such_file_or_directory).message();
    }

    void cannot_read(const std::string& path, const std::string& why) {
        print_error(path + ": " + why);
        failures_.push_back(source_unreadable);
    }

    /// As a source reads it: nothing hidden, and no links, which may lead out of it.
    void take_folder(const std::string& folder) {
        std::error_code error;
        std::vector<fs::path> files, folders;
        for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
            const std::string name = it->path().filename().string();
            if (is_hidden_name(name) || it->is_symlink(error)) continue;
            if (it->is_directory(error)) {
                folders.push_back(it->path());
            } else if (is_manifest_name(name) && it->is_regular_file(error)) {
                files.push_back(it->path());
            }
        }
        if (error) return cannot_read(folder, error.message());
        std::sort(files.begin(), files.end());
        std::sort(folders.begin(), folders.end());
        for (const fs::path& file : files) take_file(shown(file), file);
        for (const fs::path& inner : folders) take_folder(inner.string());
    }

    static std::string shown(const fs::path& file) {
        const std::string text = file.string();
        return text.starts_with("./") ? text.substr(2) : text;
    }

    void take_file(const std::string& name, const fs::path& path) {
        std::ifstream in(path, std::ios::binary);
        if (!in) return cannot_read(name, "cannot be opened");
        const std::string bytes = read_some(in);
        if (in.bad()) return cannot_read(name, "cannot be read");
        const auto text = formatted(name, bytes);
        if (!text || *text == bytes) return;
        if (check_) return differs(name);
        if (const Result<> written = replace_manifest_file(path.string(), *text); !written) {
            print_error(written.error().what());
            failures_.push_back(ExitCode::failed);
            return;
        }
        std::cout << plain(name) << "\n";
    }

    /// That it differs is no fault of what it says: 3 is for what is wrong.
    void differs(const std::string& name) {
        std::cout << plain(name) << "\n";
        failures_.push_back(ExitCode::failed);
    }

    std::optional<std::string> formatted(const std::string& name, const std::string& bytes) {
        FormattedManifests out = format_manifests(name, bytes, order_);
        for (const ManifestProblem& problem : out.problems) print_error(to_string(problem));
        if (out.problems.empty()) return std::move(out.text);
        failures_.push_back(ExitCode::invalid);
        return std::nullopt;
    }

    bool check_;
    KeyOrder order_ = schema_order();
    std::vector<ExitCode> failures_;
};

}  // namespace

ExitCode fmt_command(const FmtOptions& options) {
    Formatter formatter(options.check);
    const bool input = std::find(options.paths.begin(), options.paths.end(), "-") != options.paths.end();
    if (input && options.paths.size() > 1) {
        print_error("-: the standard input is formatted alone; leave the other paths out");
        return ExitCode::invalid;
    }
    if (input) {
        formatter.take_input();
    } else {
        for (const std::string& path : options.paths) formatter.take(path);
        if (options.paths.empty()) formatter.take(".");
    }
    return formatter.code();
}

}  // namespace fairway
