#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/simulator/simulator.hpp"

namespace {

using namespace apic_simulator;

constexpr std::string_view usage =
    "usage: apic-simulator [options]\n"
    "  --port N             port of the API and of IAM; 0, the default, takes a free one\n"
    "  --admin-port N       port of the admin interface, plain HTTP; 0 takes a free one\n"
    "  --ca-out FILE        where to write the authority that clients shall trust\n"
    "  --ready-file FILE    where to write port, admin_port, ca_file and pid, as JSON, once listening\n"
    "  --config FILE        JSON configuration\n"
    "  --switch NAME=VALUE  how to behave where the API is not documented; may come many times\n"
    "  --instances N        so many instances more than the configuration has\n"
    "  --latency-ms N       every answer takes at least so long\n"
    "  --no-limits          no quotas\n"
    "  --certificate KIND   good, wrong-host, expired or self-signed\n";

struct Options {
    Config config;
    std::string ca_out, ready_file;
};

template <class Number>
Number number(std::string_view option, std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) {
        throw std::invalid_argument(std::string(option) + " takes a number, not " + std::string(text));
    }
    return value;
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::invalid_argument("cannot read " + path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Appears under its name only when it is complete.
void write_file(const std::string& path, const std::string& text) {
    const std::string unfinished = path + ".tmp";
    std::ofstream file(unfinished, std::ios::binary);
    file << text;
    file.close();
    if (!file || std::rename(unfinished.c_str(), path.c_str()) != 0) {
        throw std::runtime_error("cannot write " + path);
    }
}

void take(Options& options, std::string_view name, const std::string& value) {
    Config& config = options.config;
    if (name == "--port") {
        config.port = number<unsigned short>(name, value);
    } else if (name == "--admin-port") {
        config.admin_port = number<unsigned short>(name, value);
    } else if (name == "--ca-out") {
        options.ca_out = value;
    } else if (name == "--ready-file") {
        options.ready_file = value;
    } else if (name == "--config") {
        read_config(config, read_file(value));
    } else if (name == "--switch") {
        const std::size_t equals = value.find('=');
        if (equals == std::string::npos)
            throw std::invalid_argument("--switch takes NAME=VALUE, not " + value);
        set_switch(config.switches, value.substr(0, equals), value.substr(equals + 1));
    } else if (name == "--instances") {
        add_instances(config, number<unsigned>(name, value));
    } else if (name == "--latency-ms") {
        config.latency_ms["*"] = number<int>(name, value);
    } else if (name == "--certificate") {
        config.certificate = certificate_named(value);
    } else {
        throw std::invalid_argument("unknown option " + std::string(name));
    }
}

/// Options in their order, so that what is given later wins over a configuration given earlier.
Options parse(const std::vector<std::string>& arguments) {
    Options options;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        std::string_view name = arguments[i];
        if (name == "--no-limits") {
            lift_limits(options.config.switches);
            continue;
        }
        const std::size_t equals = name.find('=');
        if (name.starts_with("--") && equals != std::string_view::npos) {
            take(options, name.substr(0, equals), std::string(name.substr(equals + 1)));
        } else if (i + 1 < arguments.size()) {
            take(options, name, arguments[++i]);
        } else {
            throw std::invalid_argument(std::string(name) + " is unknown or lacks its value");
        }
    }
    return options;
}

/// A JSON string; paths are all that is quoted here.
std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + '"';
}

int run(const Options& options) {
    // Blocked before any thread starts, so that only sigwait() below gets them.
    sigset_t stop_signals;
    sigemptyset(&stop_signals);
    sigaddset(&stop_signals, SIGINT);
    sigaddset(&stop_signals, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
    signal(SIGPIPE, SIG_IGN);

    const Simulator simulator(options.config);
    if (!options.ca_out.empty()) write_file(options.ca_out, simulator.ca_pem());
    const std::string ready = "{\"port\":" + std::to_string(simulator.port()) +
                              ",\"admin_port\":" + std::to_string(simulator.admin_port()) +
                              ",\"ca_file\":" + quoted(options.ca_out) +
                              ",\"pid\":" + std::to_string(getpid()) + "}\n";
    if (!options.ready_file.empty()) write_file(options.ready_file, ready);
    std::cout << ready << std::flush;

    int received = 0;
    sigwait(&stop_signals, &received);
    return 0;
}

}  // namespace

int main(int count, char** values) {
    const std::vector<std::string> arguments(values + 1, values + count);
    for (const std::string& one : arguments) {
        if (one == "--help" || one == "-h") {
            std::cout << usage;
            return 0;
        }
    }
    try {
        return run(parse(arguments));
    } catch (const std::invalid_argument& error) {
        std::cerr << "apic-simulator: " << error.what() << '\n' << usage;
        return 2;
    } catch (const std::exception& error) {
        std::cerr << "apic-simulator: " << error.what() << '\n';
        return 1;
    }
}
