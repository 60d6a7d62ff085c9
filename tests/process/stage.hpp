#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulator/simulator.hpp"
#include "tests/support/canaries.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"

namespace fairway {

/// The real binary on a stage of its own: a folder, the simulated cloud, a configuration, manifests.
class Stage {
public:
    explicit Stage(apic_simulator::Config cloud_config = {});
    /// Nothing that a program wrote here may tell a secret of the stage: the test fails where it does.
    ~Stage();
    Stage(const Stage&) = delete;
    Stage& operator=(const Stage&) = delete;

    // The two gateway instances of the documentation's examples.
    static constexpr const char* first_instance = "eea73cde015940908ae0117d67bf7330";
    static constexpr const char* second_instance = "ddd73cde017890908ae0117d67bf7330";

    TempDir folder;
    apic_simulator::Simulator cloud;

    /// Lines below these sections of the configuration; written by configure().
    std::string reconcile = "{drift_interval: 1h}";
    std::string limits = "{reads_per_second: 10000, writes_per_second: 10000, concurrency: 64}";
    std::string endpoint;  ///< empty: the simulator's
    std::string ca_file;   ///< empty: the simulator's
    std::string server = "listen: \"127.0.0.1:0\"";
    std::string source;  ///< its keys but the name; empty: the directory of the manifests
    std::string extra;   ///< more top-level lines
    /// Looked for when the stage ends, beside those it starts with.
    Canaries canaries;
    std::string binary;  ///< the program that is run
    void configure() const;

    std::string manifests() const { return folder.file("manifests"); }
    void manifest(std::string_view name, std::string_view text) const;
    /// VPC_demo of the documentation, under another name and port if wanted.
    static std::string demo(const std::string& name = "VPC_demo", int port = 22);
    /// A channel whose members come from a registry, under that secret.
    static std::string registry(const std::string& name, const std::string& secret);

    struct Ended {
        int code;
        std::string out, err;
    };
    /// Runs a command to its end.
    Ended run(std::vector<std::string> arguments) const;
    /// Starts `fairway run` and waits until it listens; the address is told.
    Process daemon(std::string& address, std::vector<std::string> more = {}) const;
    Process start(std::vector<std::string> arguments) const;

    /// Requests that wrote, or tried to.
    std::size_t writes() const;
    /// A value of the metrics page, by name and labels; nothing where it is not there.
    static std::optional<double> metric(const std::string& address, const std::string& series);
    static std::string get(const std::string& address, const std::string& target);
};

bool contains(const std::string& text, const std::string& part);

}  // namespace fairway
