#include "controller/listener/listener_thread.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <exception>
#include <thread>
#include <utility>

#include "controller/async/event.hpp"

namespace fairway {
namespace asio = boost::asio;

struct ListenerThread::Impl {
    explicit Impl(asio::any_io_executor callers_loop)
        : callers(std::move(callers_loop)), end(std::make_shared<End>(callers)) {}

    /// On the caller's loop; outlives us where the thread's last word is still on its way.
    struct End {
        explicit End(const asio::any_io_executor& loop) : told(loop) {}
        Event told;
        bool reached = false;
    };

    void run() {
        asio::co_spawn(
            context, listener->serve(),
            asio::bind_cancellation_slot(cut.slot(), [](const std::exception_ptr&) {})
        );
        context.run();
        asio::post(callers, [ending = end] {
            ending->reached = true;
            ending->told.notify();
        });
    }
    void cut_off() {
        asio::post(context, [this] { cut.emit(asio::cancellation_type::terminal); });
    }

    asio::any_io_executor callers;
    asio::io_context context{1};
    asio::cancellation_signal cut;
    std::unique_ptr<Listener> listener;
    std::string url;
    std::shared_ptr<End> end;
    std::thread thread;
};

ListenerThread::ListenerThread(asio::any_io_executor callers_loop)
    : impl_(std::make_unique<Impl>(std::move(callers_loop))) {}

ListenerThread::~ListenerThread() {
    halt();
}

asio::any_io_executor ListenerThread::executor() const {
    return impl_->context.get_executor();
}

const std::string& ListenerThread::url() const {
    return impl_->url;
}

Result<> ListenerThread::open(std::string_view listen, ListenerRoutes routes, ListenerOptions options) {
    auto opened =
        Listener::on_port(impl_->context.get_executor(), listen, std::move(routes), std::move(options));
    if (!opened) return opened.error();
    impl_->listener = std::move(*opened);
    impl_->url = impl_->listener->url();
    return {};
}

Task<> ListenerThread::serve() {
    const auto end = impl_->end;
    impl_->thread = std::thread([impl = impl_.get()] { impl->run(); });
    try {
        while (!end->reached) co_await end->told.wait();
    } catch (const boost::system::system_error&) {  // cancelled
        impl_->cut_off();
    }
    co_await asio::this_coro::throw_if_cancelled(false);
    while (!end->reached) co_await end->told.wait();
    if (impl_->thread.joinable()) impl_->thread.join();
    co_await asio::this_coro::throw_if_cancelled(true);
}

void ListenerThread::admit(ListenerAccess access) {
    asio::post(impl_->context, [impl = impl_.get(), given = std::move(access)]() mutable {
        impl->listener->admit(std::move(given));
    });
}

void ListenerThread::stop() {
    asio::post(impl_->context, [impl = impl_.get()] { impl->listener->stop(); });
}

void ListenerThread::halt() {
    if (!impl_->thread.joinable()) return;
    impl_->cut_off();
    impl_->thread.join();
}

}  // namespace fairway
