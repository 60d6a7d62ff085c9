// Holds a store until its input ends, or it is killed: store_holder FILE. Says "held", or why not.

#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <iostream>

#include "controller/store/sqlite_store.hpp"

int main(int, char** arguments) {
    boost::asio::io_context loop;
    fairway::NoMetrics metrics;
    fairway::StoreOptions options;
    options.path = arguments[1];
    options.new_lineage = "feed";
    const auto store = fairway::SqliteStore::open(loop.get_executor(), options, metrics);
    std::cout << (store ? "held" : store.error().what()) << std::endl;
    while (std::getchar() != EOF) {
    }
}
