/* One message_queue of Boost.Interprocess. Usage: queue SIZE COUNT WARMUP PATH PORT PRODUCERS CAPACITY, with as many consumers */
#include <boost/interprocess/ipc/message_queue.hpp>

#include "native_crowd.hpp"

using boost::interprocess::message_queue;

int main(int argc, char **argv) {
  if (argc < 9) return 2;
  const size_t size = (size_t)atol(argv[2]), capacity = (size_t)atol(argv[8]);
  const int producers = atoi(argv[7]);
  if (size == 0 || capacity < size || producers < 1) return 2;
  const std::string name = "ipc-bench-" + std::to_string(getpid());
  message_queue queue(boost::interprocess::create_only, name.c_str(), capacity / size, size);
  /* The children have it mapped already, and a killed one leaves no file. */
  if (!message_queue::remove(name.c_str())) return 1;
  auto work = [&](message_queue *shared, std::vector<char> &message, long times, int index) {
    message_queue::size_type received;
    unsigned int priority;
    for (long i = 0; i < times; i++) {
      if (index < producers) shared->send(message.data(), message.size(), 0);
      else shared->receive(message.data(), message.size(), received, priority);
    }
  };
  return play_crowd(argv, 2 * producers, [&](int) { return &queue; }, work);
}
