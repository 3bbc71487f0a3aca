import type { Contestant } from "./workload.ts";

/** This library's connection. */
export function ours(name: string, transport: "unix" | "tcp", ...more: string[]): Contestant {
  return {
    name,
    program: { language: "deno", file: "messages_ours.ts", variant: [transport, ...more] },
    ours: true,
  };
}

/** What `fork` of Node has. */
export function node(
  name: string,
  serialization: "json" | "advanced",
  message: "string" | "object",
): Contestant {
  return {
    name,
    program: { language: "node", file: "messages_node.mjs", variant: [serialization, message] },
    alone: true,
  };
}

/** Deno.connect without any frames. */
export function deno(name: string, transport: "unix" | "tcp"): Contestant {
  return { name, program: { language: "deno", file: "messages_deno.ts", variant: [transport] } };
}

/** `send_bytes` and `recv_bytes` of Python's multiprocessing.connection. */
export const PYTHON: Contestant = {
  name: "Python",
  program: { language: "python", file: "messages_python.py" },
};

/** write(2) and read(2) with the frames of our wire over a socketpair(2). */
export const C: Contestant = {
  name: "C",
  program: { language: "c", file: "messages_c.c" },
  alone: true,
};

/** One process with two threads. */
export const WORKER: Contestant = {
  name: "Deno worker",
  program: { language: "deno", file: "messages_deno_worker.ts" },
  alone: true,
};

/**
 * The PAIR sockets of zeromq.js over ipc://, run by Node. In Deno 2.9.6 it loads, and its sockets then stand still;
 * https://github.com/denoland/deno/issues/36317 (uv_poll_start) may be why.
 */
export const ZEROMQ: Contestant = {
  name: "zeromq.js",
  program: { language: "node", file: "messages_zeromq.mjs", needs: "zeromq@6" },
};
