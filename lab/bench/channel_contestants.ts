import type { Contestant } from "./workload.ts";

/** Microseconds, and looks of the ring in C: some 0.4 ms, as on a shared core nothing comes of it. */
const LONG_SPIN = { ours: 400, c: 10_000 };

/** How an end waits: it looks and looks, it sleeps at once, or as the library does when nothing is said. */
export type Waiting = "spin" | "sleep" | "default";

/** Where a message's bytes go: into the ring and out of it, only out of it, or they are written and read where they are. */
export type Copies = "copied" | "copied-out" | "in-place";

/** This library's channel with blocking calls. */
export function channel(
  name: string,
  waiting: Waiting,
  capacity: number,
  kind: Copies | "async" = "copied",
): Contestant {
  const spin = { spin: String(LONG_SPIN.ours), sleep: "0", default: "default" }[waiting];
  return {
    name,
    program: { language: "deno", file: "channel_ours.ts", variant: [spin, String(capacity), kind] },
    alone: true,
    ours: true,
  };
}

/** The same ring, by a compiler. */
export function ring(
  name: string,
  waiting: "spin" | "sleep",
  capacity: number,
  kind: Copies = "copied",
): Contestant {
  const spin = waiting === "spin" ? LONG_SPIN.c : 0;
  return {
    name,
    program: { language: "c", file: "channel_c.c", variant: [String(spin), String(capacity), kind] },
    alone: true,
  };
}

/** message_queue of Boost.Interprocess: a ring of the same size behind a mutex and a condition. */
export function boost(capacity: number): Contestant {
  return {
    name: "Boost message_queue",
    program: {
      language: "c++",
      file: "channel_boost.cpp",
      variant: [String(capacity)],
      links: ["rt", "pthread"],
      debian: "libboost-dev",
    },
    alone: true,
  };
}

/** The PAIR sockets of libzmq over ipc://. */
export const ZEROMQ: Contestant = {
  name: "ZeroMQ",
  program: { language: "c++", file: "channel_zeromq.cpp", links: ["zmq"], debian: "libzmq3-dev" },
  alone: true,
};

/** Python's multiprocessing. */
export function multiprocessing(name: string, variant: string): Contestant {
  return {
    name,
    program: { language: "python", file: "multiprocessing_python.py", variant: [variant] },
    alone: true,
  };
}

/** memcpy(3) into a room of so many bytes. */
export function memcpy(name: string, room: number): Contestant {
  return { name, program: { language: "c", file: "memcpy_c.c", variant: [String(room)] }, alone: true };
}

/** write(2) and read(2) over two fifos. */
export const PIPE: Contestant = { name: "C pipe", program: { language: "c", file: "pipe_c.c" } };
