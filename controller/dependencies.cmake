# Finds what Fairway stands on; each library becomes one target that says what it costs.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(CLI11 CONFIG REQUIRED)
find_package(spdlog CONFIG REQUIRED)
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBSYSTEMD REQUIRED IMPORTED_TARGET libsystemd)

# Boost: headers only. 1.74, Debian's default, lacks per-operation cancellation, and its package and that
# of 1.81 remove each other without a question: better told here than by a page of template errors.
find_path(FAIRWAY_BOOST_INCLUDE boost/version.hpp REQUIRED)
file(STRINGS ${FAIRWAY_BOOST_INCLUDE}/boost/version.hpp boost_version_line REGEX "#define BOOST_VERSION ")
string(REGEX MATCH "[0-9]+" FAIRWAY_BOOST_VERSION "${boost_version_line}")
if(FAIRWAY_BOOST_VERSION LESS 108100)
  message(FATAL_ERROR "Boost ${FAIRWAY_BOOST_VERSION} is too old: install libboost1.81-dev "
                      "(it replaces libboost-dev, and any package that needs libboost-dev replaces it again)")
endif()

# Asio compiled once (reconciler/engine/asio_impl.cpp); Beast and TLS once more (controller/net/net_impl.cpp).
add_library(fairway_asio_headers INTERFACE)
target_include_directories(fairway_asio_headers SYSTEM INTERFACE ${FAIRWAY_BOOST_INCLUDE})
target_compile_definitions(fairway_asio_headers INTERFACE BOOST_ASIO_SEPARATE_COMPILATION
  BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(fairway_asio_headers INTERFACE Threads::Threads)

# RapidJSON: headers only. clang 18 and later refuse an assignment in document.h that nobody calls, and the
# stack of 1.1.0 adds to a null pointer, which the sanitizer reports: they get a copy with these two lines
# as later versions have them.
find_path(FAIRWAY_RAPIDJSON_INCLUDE rapidjson/document.h REQUIRED)
set(rapidjson_include ${FAIRWAY_RAPIDJSON_INCLUDE})
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 18)
  set(rapidjson_include ${CMAKE_BINARY_DIR}/overlay)
  file(COPY ${FAIRWAY_RAPIDJSON_INCLUDE}/rapidjson DESTINATION ${rapidjson_include})
  file(READ ${rapidjson_include}/rapidjson/document.h document)
  string(REPLACE "{ s = rhs.s; length = rhs.length; }" "= delete;" document "${document}")
  file(WRITE ${rapidjson_include}/rapidjson/document.h "${document}")
  file(READ ${rapidjson_include}/rapidjson/internal/stack.h stack)
  string(REPLACE "stackTop_ + sizeof(T) * count > stackEnd_"
    "static_cast<std::ptrdiff_t>(sizeof(T) * count) > stackEnd_ - stackTop_" stack "${stack}")
  file(WRITE ${rapidjson_include}/rapidjson/internal/stack.h "${stack}")
endif()
add_library(fairway_rapidjson INTERFACE)
target_include_directories(fairway_rapidjson SYSTEM INTERFACE ${rapidjson_include})
