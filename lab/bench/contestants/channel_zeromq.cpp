/* The PAIR sockets of libzmq over ipc://. Usage: ping|send SIZE COUNT WARMUP PATH PORT */
#include <zmq.h>

#include "native_side.hpp"

struct End {
  void *context, *socket;

  void send(const char *data, size_t size) {
    if (zmq_send(socket, data, size, 0) < 0) fail("zmq_send");
  }

  void receive(char *data, size_t size) {
    if (zmq_recv(socket, data, size, 0) < 0) fail("zmq_recv");
  }
};

int main(int argc, char **argv) {
  if (argc < 7) return 2;
  const std::string address = std::string("ipc://") + argv[5];
  return play(argv, [&](bool active) {
    void *context = zmq_ctx_new();
    if (context == nullptr) fail("zmq_ctx_new");
    void *socket = zmq_socket(context, ZMQ_PAIR);
    if (socket == nullptr) fail("zmq_socket");
    /* Who connects before the other one listens is connected once it does. */
    if ((active ? zmq_connect : zmq_bind)(socket, address.c_str()) < 0) fail(address.c_str());
    return End{context, socket};
  });
}
