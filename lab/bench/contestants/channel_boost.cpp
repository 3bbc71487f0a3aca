/* message_queue of Boost.Interprocess, one each way. Usage: ping|send SIZE COUNT WARMUP PATH PORT CAPACITY */
#include <boost/interprocess/ipc/message_queue.hpp>
#include <memory>

#include "native_side.hpp"

namespace interprocess = boost::interprocess;

struct End {
  interprocess::message_queue *out, *in;

  void send(const char *data, size_t size) { out->send(data, size, 0); }

  void receive(char *data, size_t size) {
    interprocess::message_queue::size_type received;
    unsigned int priority;
    in->receive(data, size, received, priority);
  }
};

int main(int argc, char **argv) {
  if (argc < 8) return 2;
  const size_t size = (size_t)atol(argv[2]), capacity = (size_t)atol(argv[7]);
  if (size == 0 || capacity < size) return 2;
  const std::string name = "ipc-bench-" + std::to_string(getpid());
  std::unique_ptr<interprocess::message_queue> queues[2];
  for (int i = 0; i < 2; i++) {
    const std::string each = name + (i == 0 ? "-there" : "-back");
    queues[i] = std::make_unique<interprocess::message_queue>(interprocess::create_only, each.c_str(),
                                                              capacity / size, size);
    /* Both processes have it mapped already, and a killed one leaves no file. */
    if (!interprocess::message_queue::remove(each.c_str())) return 1;
  }
  return play(argv, [&](bool active) {
    return End{queues[active ? 0 : 1].get(), queues[active ? 1 : 0].get()};
  });
}
