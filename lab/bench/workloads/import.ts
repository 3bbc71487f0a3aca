import { endedChildrenSeconds } from "../usage.ts";
import type { Workload } from "../workload.ts";

const importing: Workload = {
  name: "import",
  title: "a whole run of an empty script, and of one that imports mod.ts",
  metrics: [{ name: "time", unit: "ms", better: "lower" }],
  operation: "run",
  reference: "empty script",
  contestants: [
    { name: "empty script", program: { language: "deno", file: "import_nothing.ts" } },
    { name: "import mod.ts", program: { language: "deno", file: "import_ours.ts" }, ours: true },
  ],
  rounds: { full: 41, quick: 9 },
  limits: [{ contestant: "import mod.ts", compare: "difference", against: "empty script", atMost: 15 }],
  async measure(bench, contestant) {
    const cpu = endedChildrenSeconds();
    const start = performance.now();
    await using program = await bench.start(contestant, []);
    await program.finish();
    const time = performance.now() - start;
    const cpuAfter = endedChildrenSeconds();
    return {
      metrics: { time },
      cpu: cpu === null || cpuAfter === null ? null : cpuAfter - cpu,
      operations: 1,
    };
  },
};

export default [importing];
