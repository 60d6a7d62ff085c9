// Asio compiled once for everybody: see BOOST_ASIO_SEPARATE_COMPILATION in
// controller/dependencies.cmake.
#include <boost/asio/impl/src.hpp>
