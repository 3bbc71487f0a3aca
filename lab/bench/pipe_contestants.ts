import type { Contestant } from "./workload.ts";

/** Who moves bytes through fifos: all with the same arguments, roles and amounts. */
export const PIPE_CONTESTANTS: readonly Contestant[] = [
  { name: "C", program: { language: "c", file: "pipe_c.c" } },
  { name: "ipc async", program: { language: "deno", file: "pipe_ours_async.ts" }, ours: true },
  { name: "ipc sync", program: { language: "deno", file: "pipe_ours_sync.ts" }, ours: true },
  { name: "Deno", program: { language: "deno", file: "pipe_deno_async.ts" } },
  { name: "Deno sync", program: { language: "deno", file: "pipe_deno_sync.ts" } },
  { name: "Node", program: { language: "node", file: "pipe_node.mjs" } },
  { name: "Python", program: { language: "python", file: "pipe_python.py" } },
];

/** The Web Streams of this library, where whole messages do not matter. */
export const STREAMS_CONTESTANT: Contestant = {
  name: "ipc streams",
  program: { language: "deno", file: "pipe_ours_streams.ts" },
  ours: true,
};
