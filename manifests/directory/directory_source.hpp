#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "manifests/directory/directory_reader.hpp"
#include "manifests/manifests.hpp"
#include "reconciler/ports/manifest_source.hpp"

namespace fairway {

/// Manifests from directories, read recursively, and from single files. Changes are noticed by inotify
/// and by a look from time to time; the file system is always looked at again, notices only say where.
/// Files that changed alone are read on the loop; everything else happens on a thread of its own.
///
/// One load() and one changed() at a time. The io_context must outlive the source.
class DirectorySource : public ManifestSource {
public:
    /// `warn` is told when changes cannot be watched.
    DirectorySource(
        std::string name, std::vector<std::string> paths, ManifestContext context,
        boost::asio::any_io_executor executor, DirectoryOptions options = {},
        std::function<void(const std::string&)> warn = {}
    );
    ~DirectorySource() override;

    Task<Result<SnapshotPtr>> load() override;
    Task<> changed() override;

    /// Another configuration: the next load() parses everything anew.
    void set_context(ManifestContext context);
    /// What was done so far: for tests and for people who look for the cause of a slow start.
    DirectoryReader::Counts counts() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace fairway
