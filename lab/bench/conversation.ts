import type { Bench } from "./bench.ts";
import type { Report } from "./contestant_process.ts";
import { Pair } from "./pair.ts";
import { cpuSeconds } from "./usage.ts";
import type { Contestant } from "./workload.ts";

/** What is said in a {@linkcode converse}. */
export interface Conversation {
  /** There and back, or one way with an answer to the last message: the sender's time is until that answer. */
  readonly kind: "roundtrip" | "one-way";
  /** Bytes of a message. */
  readonly size: number;
  readonly count: number;
  /** Messages before those. */
  readonly warmup: number;
}

const ROLES = { "roundtrip": ["ping", "pong"], "one-way": ["send", "receive"] } as const;

/**
 * Lets the two sides of a contestant exchange messages. Each program gets ROLE SIZE COUNT WARMUP PATH PORT and its
 * variant; it takes the path or the port, as its variant says. One that makes its other side alone gets the active role.
 */
export async function converse(
  bench: Bench,
  contestant: Contestant,
  { kind, size, count, warmup }: Conversation,
): Promise<{ report: Report; cpu: number | null }> {
  const place = [bench.socketPath(), bench.freePort(), ...contestant.program.variant ?? []];
  const [active, passive] = ROLES[kind].map((role) => [role, size, count, warmup, ...place]);
  if (contestant.alone) return await runAlone(bench, contestant, active!.map(String));
  await using pair = await Pair.start(bench, contestant, {
    active: active!,
    passive: passive!,
    listens: true,
  });
  const run = await pair.run();
  await pair.finish();
  return run;
}

/** Where the process is placed, its other side is: apart, they are as the kernel places them. */
async function runAlone(
  bench: Bench,
  contestant: Contestant,
  args: readonly string[],
): Promise<{ report: Report; cpu: number | null }> {
  await using both = await bench.start(contestant, args, bench.placement === "apart" ? undefined : 0);
  const child = (await both.report("ready"))("pid");
  const cpu = () => {
    const [own, others] = [both.cpu, Number.isNaN(child) ? 0 : cpuSeconds(child)];
    return own === null || others === null ? null : own + others;
  };
  const before = cpu();
  await both.go();
  const report = await both.report("done");
  const after = cpu();
  await both.finish();
  return { report, cpu: before === null || after === null ? null : after - before };
}
