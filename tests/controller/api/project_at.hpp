#pragma once

#include <string>

#include "controller/api/endpoint.hpp"
#include "tests/controller/api/tls_server.hpp"

namespace fairway::testing {

/// A project whose endpoints are that port of this machine, where the tests' authority vouches for who
/// answers.
inline ProjectEndpoint project_at(
    unsigned short port, const char* access_key = "ACCESSKEY", const char* secret_key = "SECRETKEY"
) {
    ProjectEndpoint project;
    project.name = "default";
    project.project_id = "pid";
    project.endpoint = project.iam_endpoint = "https://127.0.0.1:" + std::to_string(port);
    project.region = "region-1";
    project.ca_file = authority().file();
    AccessKey key;
    key.access_key = Secret(access_key);
    key.secret_key = Secret(secret_key);
    project.credentials = key;
    return project;
}

}  // namespace fairway::testing
