/* The PUSH and PULL sockets of libzmq over ipc://, one producer and one consumer. Usage: queue SIZE COUNT WARMUP PATH PORT */
#include <zmq.h>

#include "native_crowd.hpp"

int main(int argc, char **argv) {
  if (argc < 7) return 2;
  const std::string address = std::string("ipc://") + argv[5];
  auto open = [&](int index) {
    void *context = zmq_ctx_new();
    if (context == nullptr) fail("zmq_ctx_new");
    void *socket = zmq_socket(context, index == 0 ? ZMQ_PUSH : ZMQ_PULL);
    if (socket == nullptr) fail("zmq_socket");
    /* Who connects before the other one listens is connected once it does. */
    if ((index == 0 ? zmq_connect : zmq_bind)(socket, address.c_str()) < 0) fail(address.c_str());
    return socket;
  };
  auto work = [](void *socket, std::vector<char> &message, long times, int index) {
    for (long i = 0; i < times; i++) {
      if (index == 0) {
        if (zmq_send(socket, message.data(), message.size(), 0) < 0) fail("zmq_send");
      } else if (zmq_recv(socket, message.data(), message.size(), 0) < 0) fail("zmq_recv");
    }
  };
  return play_crowd(argv, 2, open, work);
}
