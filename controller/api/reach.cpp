#include "controller/api/reach.hpp"

#include <utility>

#include "controller/api/api_error.hpp"
#include "controller/api/https_client.hpp"

namespace fairway {

Task<Reach> reach(
    boost::asio::any_io_executor executor, std::string url, ProjectEndpoint project, const Clock& clock
) {
    Reach reach;
    auto where = options_for(url, project);
    if (!where) {
        reach.error = where.error();
        co_return reach;
    }
    auto client = HttpsClient::open(std::move(executor), *std::move(where));
    if (!client) {
        reach.error = client.error();
        co_return reach;
    }
    HttpRequest request;
    request.method = "GET";
    request.target = "/";
    CallDeadlines limits;
    auto reply = co_await (*client)->send(std::move(request), limits);
    const HttpsClient::Figures figures = (*client)->figures();
    if (reply) {
        reach.step = Reach::Step::answered;
        if (const auto theirs = parse_http_date(reply->field("Date"))) {
            reach.clock_ahead = clock.wall() - *theirs;
        }
        co_return reach;
    }
    reach.error = reply.error();
    if (figures.reached > 0) reach.step = Reach::Step::connected;
    if (figures.opened > 0) reach.step = Reach::Step::secured;
    co_return reach;
}

}  // namespace fairway
