#include "tests/process/stage.hpp"

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace fairway {

Stage::Stage(apic_simulator::Config cloud_config)
    : cloud(std::move(cloud_config)), binary(FAIRWAY_BINARY) {
    for (const auto& user : cloud.config().users) {
        canaries.push_back({"a secret key", user.secret_key});
        canaries.push_back({"a password of IAM", user.password});
    }
    canaries.push_back({"the Nacos password", "example-only"});
    folder.write("ca.pem", cloud.ca_pem());
    folder.write("access_key", "EXAMPLEACCESSKEY0001\n");
    folder.write("secret_key", "ExampleSecretKeyForDocsOnly00000000000001\n");
    folder.write("nacos", "example-only\n");
    std::filesystem::create_directory(manifests());
    std::filesystem::create_directory(folder.file("state"));
    std::filesystem::permissions(folder.file("state"), std::filesystem::perms::owner_all);
    configure();
}

Stage::~Stage() {
    for (const std::string& hit : hits_in_folder(folder.path(), canaries)) {
        INFO(hit);
        CHECK_MESSAGE(false, "a program wrote a secret");
    }
}

void Stage::configure() const {
    const std::string where = endpoint.empty() ? cloud.url() : endpoint;
    const std::string trusted = ca_file.empty() ? folder.file("ca.pem") : ca_file;
    folder.write(
        "fairway.yaml",
        "projects:\n"
        "  - name: default\n"
        "    project_id: 73d69ae0cfcf460190522d06b60f05ad\n"
        "    region: cn-north-4\n"
        "    endpoint: " +
            where +
            "\n"
            "    iam_endpoint: " +
            where +
            "\n"
            "    ca_file: " +
            trusted +
            "\n"
            "    limits: " +
            limits +
            "\n"
            "    credentials:\n"
            "      access_key: {file: " +
            folder.file("access_key") +
            "}\n"
            "      secret_key: {file: " +
            folder.file("secret_key") +
            "}\n"
            "sources:\n"
            "  - {name: channels, " +
            (source.empty() ? "directory: " + manifests() : source) +
            "}\n"
            "secrets:\n"
            "  - {name: nacos-prod, file: " +
            folder.file("nacos") +
            "}\n"
            "state: {sqlite: " +
            folder.file("state/fairway.db") +
            "}\n"
            "server: {" +
            server + (contains(server, "socket:") ? "" : ", socket: " + folder.file("fairway.sock")) +
            "}\n"
            "reconcile: " +
            reconcile + "\n" + extra
    );
}

void Stage::manifest(std::string_view name, std::string_view text) const {
    folder.write("manifests/" + std::string(name), text);
}

std::string Stage::registry(const std::string& name, const std::string& secret) {
    return "apiVersion: fairway/v1\nkind: VpcChannel\nmetadata: {name: " + name +
           "}\n"
           "spec:\n  port: 8848\n  balance_strategy: wrr\n  member_type: ip\n"
           "  vpc_channel_type: microservice\n"
           "  member_groups: [{member_group_name: all_nodes}]\n"
           "  microservice_info:\n    service_type: NACOS\n    nacos_info:\n"
           "      service_name: orders\n"
           "      server_config: [{ip_address: 192.168.0.9, port: 8848}]\n"
           "      user_info: {user_name: reader, password: {secret: " +
           secret + "}}\n  instance_ids: [" + first_instance + "]\n";
}

std::string Stage::demo(const std::string& name, int port) {
    return "apiVersion: fairway/v1\n"
           "kind: VpcChannel\n"
           "metadata: {name: " +
           name +
           "}\n"
           "spec:\n"
           "  port: " +
           std::to_string(port) +
           "\n"
           "  balance_strategy: 1\n"
           "  member_type: ip\n"
           "  member_groups:\n"
           "    - {member_group_name: test, member_group_weight: 1, member_group_remark: remark}\n"
           "    - {member_group_name: default, member_group_weight: 2, member_group_remark: remark}\n"
           "  members:\n"
           "    - {host: 192.168.0.5, weight: 1, member_group_name: test}\n"
           "    - {host: 192.168.1.124, weight: 2, member_group_name: default}\n"
           "  vpc_health_config: {protocol: http, path: /vpc/demo, port: 22, http_code: \"200\", "
           "threshold_normal: 2,\n"
           "                      threshold_abnormal: 5, time_interval: 10, timeout: 5, "
           "enable_client_ssl: false}\n"
           "  instance_ids: [eea73cde015940908ae0117d67bf7330, ddd73cde017890908ae0117d67bf7330]\n";
}

Process Stage::start(std::vector<std::string> arguments) const {
    std::vector<std::string> command{binary, "--config", folder.file("fairway.yaml")};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return Process(command, folder.path());
}

Stage::Ended Stage::run(std::vector<std::string> arguments) const {
    Process process = start(std::move(arguments));
    const auto code = process.wait(std::chrono::seconds(120));
    return {code.value_or(-1), process.out(), process.err()};
}

Process Stage::daemon(std::string& address, std::vector<std::string> more) const {
    more.insert(more.begin(), "run");
    Process process = start(std::move(more));
    const bool listens = eventually([&] {
        const std::string log = process.err();
        const std::size_t at = log.find("address=");
        const std::size_t end = at == std::string::npos ? at : log.find('\n', at);
        if (end == std::string::npos) return !process.running();
        address = log.substr(at + 8, log.find_first_of(" \n", at + 8) - at - 8);
        std::erase(address, '"');
        return true;
    });
    if (!listens || address.empty())
        throw std::runtime_error("the daemon does not listen:\n" + process.err());
    return process;
}

std::size_t Stage::writes() const {
    std::size_t count = 0;
    for (const auto& entry : cloud.audit()) {
        if (entry.method != "GET" && entry.path.find("/apic/") != std::string::npos) ++count;
    }
    return count;
}

std::string Stage::get(const std::string& address, const std::string& target) {
    const std::size_t colon = address.rfind(':');
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1))));
    inet_pton(AF_INET, address.substr(0, colon).c_str(), &where.sin_addr);
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    std::string answer;
    if (connect(fd, reinterpret_cast<const sockaddr*>(&where), sizeof where) == 0) {
        const std::string request =
            "GET " + target + " HTTP/1.1\r\nHost: " + address + "\r\nConnection: close\r\n\r\n";
        if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) ==
            static_cast<ssize_t>(request.size())) {
            char part[16384];
            for (ssize_t got = 0; (got = recv(fd, part, sizeof part, 0)) > 0;) {
                answer.append(part, static_cast<std::size_t>(got));
            }
        }
    }
    close(fd);
    return answer;
}

std::optional<double> Stage::metric(const std::string& address, const std::string& series) {
    const std::string page = get(address, "/metrics");
    const std::size_t at = page.find("\n" + series + " ");
    if (at == std::string::npos) return std::nullopt;
    return std::stod(page.substr(at + series.size() + 2));
}

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace fairway
