#pragma once

#include <memory>
#include <optional>
#include <string>

#include "manifests/git/git_options.hpp"
#include "manifests/git/git_program.hpp"
#include "reconciler/model/error.hpp"

namespace fairway {

/// What a source keeps on disk: a bare repository with what it fetched, and which commit it accepted
/// last. One process at a time; nobody but our user may enter it.
class GitMirror {
public:
    /// Opens or makes `options.folder`.
    static Result<std::unique_ptr<GitMirror>> open(const GitOptions& options, const StopSignal& stop);
    /// One that is gone with the object.
    static Result<std::unique_ptr<GitMirror>> temporary(
        const GitOptions& options, const StopSignal& stop
    );
    ~GitMirror();
    GitMirror(const GitMirror&) = delete;
    GitMirror& operator=(const GitMirror&) = delete;

    const GitProgram& git() const { return git_; }
    const std::string& folder() const { return folder_; }

    /// Throws away what was fetched; the accepted commit stays known.
    Result<> make_anew() const;
    /// Removes what killed processes left behind.
    void clean() const;
    /// Packs everything together where many fetches left many packs.
    void keep_house() const;

    /// Whether nothing was fetched yet.
    bool empty() const;
    /// The commit that was fetched last; an error of class conflict where it is not whole.
    Result<std::string> fetched() const;
    /// Whether `commit` has `ancestor` in its history, as far as that was fetched.
    Result<bool> descends(const std::string& commit, const std::string& ancestor) const;

    /// The commit that was accepted last of what is followed now, in this run or an earlier one.
    std::optional<std::string> accepted() const;
    Result<> accept(const std::string& commit) const;

    static constexpr const char* next_ref = "refs/fairway/next";

private:
    GitMirror(const GitOptions& options, std::string folder, const StopSignal& stop);
    Result<> prepare();
    Result<> lock();
    Result<> make_repository() const;

    std::string folder_;
    std::string identity_;  ///< what is followed: an accepted commit of anything else says nothing
    GitProgram git_;
    std::string key_file_, known_hosts_;
    int lock_ = -1;
    bool temporary_ = false;
};

}  // namespace fairway
