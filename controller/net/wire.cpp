#include "controller/net/wire.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <new>

namespace fairway {
namespace {

int wire_write(BIO* bio, const char* data, int size) {
    auto& wire = *static_cast<Wire*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    const auto count = ::send(wire.socket, data, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    if (count < 0) {
        wire.error = errno;
        if (errno == EAGAIN || errno == EINTR) BIO_set_retry_write(bio);
        return -1;
    }
    wire.sent += static_cast<std::uint64_t>(count);
    return static_cast<int>(count);
}

int wire_read(BIO* bio, char* data, int size) {
    auto& wire = *static_cast<Wire*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    const auto count = ::recv(wire.socket, data, static_cast<std::size_t>(size), 0);
    if (count < 0) {
        wire.error = errno;
        if (errno == EAGAIN || errno == EINTR) BIO_set_retry_read(bio);
        return -1;
    }
    wire.ended = count == 0;
    return static_cast<int>(count);
}

long wire_control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_EOF) return static_cast<Wire*>(BIO_get_data(bio))->ended ? 1 : 0;
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

BIO_METHOD* wire_method() {
    static BIO_METHOD* const method = [] {
        BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "wire");
        if (made == nullptr) throw std::bad_alloc();
        BIO_meth_set_write(made, wire_write);
        BIO_meth_set_read(made, wire_read);
        BIO_meth_set_ctrl(made, wire_control);
        return made;
    }();
    return method;
}

}  // namespace

BIO* make_wire_bio(Wire& wire) {
    BIO* bio = BIO_new(wire_method());
    if (bio == nullptr) throw std::bad_alloc();
    BIO_set_data(bio, &wire);
    BIO_set_init(bio, 1);
    return bio;
}

}  // namespace fairway
