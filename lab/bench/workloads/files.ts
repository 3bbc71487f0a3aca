import type { Workload } from "../workload.ts";

const WAITS = 200;

const files: Workload = {
  name: "files",
  title: `Deno.readFile of 4 KiB, alone and while ${WAITS} fifo opens and ${WAITS} pipe reads wait beside it`,
  metrics: [
    { name: "median", unit: "us", better: "lower" },
    { name: "p99", unit: "us", better: "lower" },
  ],
  operation: "readFile",
  reference: "alone",
  contestants: [
    { name: "alone", program: { language: "deno", file: "files_alone.ts" } },
    { name: "ipc waits", program: { language: "deno", file: "files_ours.ts" }, ours: true },
    { name: "Deno waits", program: { language: "deno", file: "files_deno.ts" } },
  ],
  rounds: { full: 7, quick: 3 },
  // "As quick as before", with room for the noise between two processes that do the very same.
  limits: [
    { contestant: "ipc waits", compare: "ratio", against: "alone", atMost: 1.15 },
    { contestant: "ipc waits", compare: "ratio", against: "alone", metric: "p99", atMost: 1.5 },
  ],
  async measure(bench, contestant) {
    const file = `${bench.folder}/4k`;
    await Deno.writeFile(file, new Uint8Array(4096));
    const [count, warmup] = bench.quick ? [1_000, 500] : [10_000, 2_000];
    const fifos = Array.from({ length: WAITS }, () => bench.fifo());
    await using program = await bench.start(contestant, [String(count), String(warmup), file, ...fifos]);
    await program.report("ready");
    const before = program.cpu;
    await program.go();
    const report = await program.report("done");
    const after = program.cpu;
    await program.finish();
    return {
      metrics: { median: report("median"), p99: report("p99") },
      cpu: before === null || after === null ? null : after - before,
      operations: count,
    };
  },
};

export default [files];
