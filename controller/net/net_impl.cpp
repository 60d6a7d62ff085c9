// Asio's TLS and Beast compiled once for everybody: see controller/dependencies.cmake.
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
