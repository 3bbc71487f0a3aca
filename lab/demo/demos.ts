import { duplexExchange } from "./duplex_exchange.ts";
import { echo } from "./echo.ts";
import { echoSockets } from "./echo_sockets.ts";
import { fifoSpam } from "./fifo_spam.ts";
import { lockedPrinting } from "./locked_printing.ts";
import { managerClients } from "./manager_clients.ts";
import { pipeSpam } from "./pipe_spam.ts";
import { processObjects } from "./process_objects.ts";
import { producerConsumer } from "./producer_consumer.ts";
import type { Demo } from "./runner/demo.ts";
import { sharedArray } from "./shared_array.ts";
import { sharedCounter } from "./shared_counter.ts";
import { signals } from "./signals.ts";
import { structuredMessages } from "./structured_messages.ts";
import { tally } from "./tally.ts";
import { wordCount } from "./word_count.ts";
import { workQueue } from "./work_queue.ts";

/** All demos, in the order in which they are played. */
export const demos: readonly Demo[] = [
  pipeSpam,
  fifoSpam,
  echo,
  producerConsumer,
  tally,
  structuredMessages,
  echoSockets,
  signals,
  duplexExchange,
  sharedCounter,
  workQueue,
  sharedArray,
  processObjects,
  wordCount,
  lockedPrinting,
  managerClients,
];
