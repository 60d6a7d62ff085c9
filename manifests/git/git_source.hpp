#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>

#include "manifests/git/git_reader.hpp"
#include "reconciler/ports/clock.hpp"
#include "reconciler/ports/manifest_source.hpp"

namespace fairway {

/// Manifests from a Git repository, asked for from time to time. Git works on a thread of its own.
///
/// One load() or load_afresh() and one changed() at a time. The io_context must outlive the source.
class GitSource : public ManifestSource {
public:
    GitSource(
        std::string name, GitOptions options, ManifestContext context,
        boost::asio::any_io_executor executor, Clock& clock, Entropy& entropy
    );
    ~GitSource() override;

    /// Asks the server.
    Task<Result<SnapshotPtr>> load() override;
    /// Returns when the server is to be asked again: the interval after a load() that succeeded, soon
    /// after one that failed, and at once after fetch_now(), but not within a second of the last load().
    Task<> changed() override;
    /// Somebody knows that there is something new. False where that was known already, and the server is
    /// about to be asked.
    bool fetch_now();

    /// Asks the server, and reads and parses every file anew.
    Task<Result<SnapshotPtr>> load_afresh();

private:
    struct Impl;
    Task<Result<SnapshotPtr>> run(bool afresh);
    std::unique_ptr<Impl> impl_;
};

}  // namespace fairway
