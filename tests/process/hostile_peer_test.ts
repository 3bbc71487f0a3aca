import { assert, assertEquals, assertLess, assertRejects } from "@std/assert";
import { Exports } from "../../lib/process/peer_references.ts";
import { Packer } from "../../lib/process/travelling.ts";
import { Connection, connectionPair, Manager, wrap } from "../../mod.ts";
import { startChild, type TestChild } from "../support/children.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

const OPTIONS = { maxMessageSize: 1024 * 1024 };

/** So much more memory, at most, than before: a multiple of what the limits allow. */
const MOST_MIB = 400;

/** The server, a hostile connection to it, and a client that is to be served in spite of that. */
interface Attack {
  server: TestChild;
  hostile(): Promise<Connection>;
  /** Fails unless another client is served. */
  others(): Promise<void>;
  /** How much more memory the server has than before, in MiB. */
  grown(): number;
}

function test(name: string, body: (attack: Attack) => Promise<void>): void {
  Deno.test(name, () =>
    within(3 * PATIENCE_MS, name, async () => {
      await using server = startChild("process_hostile_server");
      await server.printed("unix:@");
      const address = server.stdout.trim();
      const other = await Manager.connect(address, OPTIONS);
      const others = async () => {
        const map = await within(PATIENCE_MS, "another client to be served", () =>
          other.map<string, number>("m"));
        assert(await map.add("n", 1) > 0);
        map[Symbol.dispose]();
      };
      await others();
      const before = memory(server.pid);
      const hostiles: Connection[] = [];
      try {
        await body({
          server,
          others,
          hostile: async () => {
            const hostile = await Connection.connect(address, OPTIONS);
            hostiles.push(hostile);
            return hostile;
          },
          grown: () =>
            memory(server.pid) - before,
        });
        await others();
        assertEquals(server.stderr, "");
      } finally {
        for (const hostile of hostiles) {
          hostile.close();
        }
        await other[Symbol.asyncDispose]();
      }
    }));
}

function memory(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))![1]) / 1024;
}

/** Sends until the other side has ended the connection, or so often: how often. */
async function flood(hostile: Connection, message: (n: number) => unknown, most: number): Promise<number> {
  for (let n = 0; n < most; n += 100) {
    const some = Array.from({ length: 100 }, (_, i) => hostile.send(message(n + i)));
    const errors = (await Promise.allSettled(some)).flatMap((sent) =>
      sent.status === "rejected" ? [sent.reason] : []
    );
    if (errors.some((error) => !(error instanceof Deno.errors.BrokenPipe))) throw errors[0];
    if (errors.length > 0) return n;
  }
  return most;
}

const CALL = 0;

test("one that asks and never reads has its connection ended, before that costs much", async (attack) => {
  const hostile = await attack.hostile();
  const most = 500_000;
  assertLess(await flood(hostile, (n) => [CALL, n, 0, ["names"], []], most), most);
  assertLess(attack.grown(), MOST_MIB);
});

test("large answers that are not read wait to be made", async (attack) => {
  const hostile = await attack.hostile();
  await flood(hostile, (n) => [CALL, n, 0, ["module", "text"], [1_000_000]], 1000);
  await attack.others();
  assertLess(attack.grown(), MOST_MIB);
  // And they are made when it reads after all.
  for (let n = 0; n < 50; n++) {
    const [kind, call, text] = await hostile.recv({ timeout: PATIENCE_MS });
    assertEquals([kind, call, text.length], [3, n, 1_000_000]);
  }
});

test("arguments of calls that never end are not kept without limit", async (attack) => {
  const hostile = await attack.hostile();
  const argument = new Uint8Array(1_000_000);
  const refused: string[] = [];
  const reading = (async () => {
    for await (const [kind, , failure] of hostile) if (kind === 4) refused.push(failure.error.name);
  })();
  await flood(hostile, (n) => [CALL, n, 0, ["module", "never"], [argument]], 1000);
  await attack.others();
  assertLess(attack.grown(), MOST_MIB);
  hostile.close();
  await reading;
  assert(refused.length > 900 && refused.every((name) => name === "Busy"), `${refused.length} were refused`);
});

/** Bytes of a message with references of the hostile side's. */
function withReferences(message: (reference: () => void) => unknown): Uint8Array {
  let last = 0;
  const packer = new Packer(() => ({ kind: "reference", standIn: ++last }));
  return packer.pack(message(() => {})).bytes.slice();
}

test("a message has not more references than it may", async (attack) => {
  const some = (count: number) =>
    withReferences(() => [CALL, 1, 0, ["module", "ignore"], Array.from({ length: count }, () => () => {})]);
  const hostile = await attack.hostile();
  await hostile.sendBytes(some(10_000));
  assertEquals(await hostile.recv({ timeout: PATIENCE_MS }), [3, 1, 1]);
  await hostile.sendBytes(some(10_001));
  await assertRejects(async () => {
    for (;;) await hostile.recv({ timeout: PATIENCE_MS }); // It may give references up before.
  }, Deno.errors.UnexpectedEof);
});

test("references in ever more messages do not fill the memory", async (attack) => {
  const hostile = await attack.hostile();
  let last = 0;
  const packer = new Packer(() => ({ kind: "reference", standIn: ++last }));
  const some = Array.from({ length: 10_000 }, () => () => {});
  for (let n = 0; n < 150; n++) {
    const { bytes } = packer.pack([CALL, n, 0, ["module", "ignore"], some]);
    const sent = await hostile.sendBytes(bytes.slice(), { timeout: PATIENCE_MS }).then(
      () => true,
      () => false,
    );
    if (!sent) break; // They came faster than the garbage collector, and the connection was ended.
  }
  assertLess(attack.grown(), MOST_MIB);
});

test("an answer that was not asked for ends the connection", async (attack) => {
  for (const kind of [3, 4]) {
    const hostile = await attack.hostile();
    await hostile.send([kind, 1, { error: { name: "x", message: "y" } }]);
    await assertRejects(() => hostile.recv({ timeout: PATIENCE_MS }), Deno.errors.UnexpectedEof);
  }
});

test("an error that is larger than a message is told of, and harms nobody", async (attack) => {
  const hostile = await attack.hostile();
  const name = "n".repeat(700_000);
  await hostile.send([CALL, 1, 0, ["map"], [name]]);
  await hostile.recvBytes({ timeout: PATIENCE_MS });
  await hostile.send([CALL, 2, 0, ["lock"], [name]]);
  const [kind, call, { error }] = await hostile.recv({ timeout: PATIENCE_MS });
  assertEquals([kind, call, error.name], [4, 2, "RangeError"]);
});

test("an iterator whose end fails when its reader has gone harms nobody", async (attack) => {
  const hostile = await attack.hostile();
  await hostile.send([CALL, 1, 0, ["module", "endless"], []]);
  await hostile.recvBytes({ timeout: PATIENCE_MS });
  await hostile.send([CALL, 2, 1, ["next"], []]);
  await hostile.recv({ timeout: PATIENCE_MS });
  hostile.close();
});

test("random bytes, and calls with some bytes changed, harm nobody", async (attack) => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  const random = generator(seed);
  const call = withReferences((reference) => [CALL, 1, 0, ["map"], ["name", { a: [reference, new Date()] }]]);
  for (let round = 0; round < 300; round++) {
    const hostile = await attack.hostile();
    for (let i = 0; i < 50 && !hostile.closed; i++) {
      const bytes = round % 2 === 0 ? call.slice() : new Uint8Array(random(2000)).map(() => random(256));
      if (round % 2 === 0) { for (let n = 0; n < 3; n++) bytes[random(bytes.length)] = random(256); }
      if (await hostile.sendBytes(bytes).then(() => false, () => true)) break;
    }
    hostile.close();
    if (round % 50 === 0) await attack.others();
  }
  assertLess(attack.grown(), MOST_MIB, `seed ${seed}`);
});

Deno.test("answers with some bytes changed settle the call, and harm nobody", async () => {
  const seed = crypto.getRandomValues(new Uint32Array(1))[0]!;
  const random = generator(seed);
  const failure = {
    error: { name: "TypeError", message: "m", stack: "s", properties: { code: "E" }, errors: [] },
  };
  for (let round = 0; round < 300; round++) {
    const [here, there] = connectionPair();
    // deno-lint-ignore no-explicit-any -- Whatever comes.
    const call = wrap<any>(here).ask();
    await there.recv({ timeout: PATIENCE_MS });
    const answer = withReferences((reference) =>
      round % 2 === 0 ? [3, 1, { a: [reference], b: new Map([[1, "x"]]) }] : [4, 1, failure]
    );
    for (let n = 0; n < 2; n++) answer[2 + random(answer.length - 2)] = random(256);
    await there.sendBytes(answer).catch(() => {});
    const settled = call.then(() => true, () => true);
    there.close();
    await within(PATIENCE_MS, `a call to settle, seed ${seed}, round ${round}`, () => settled);
    here.close();
  }
});

/** Numbers below a limit, the same for the same seed. */
function generator(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = Math.imul(state ^ state >>> 15, 0x2c1b3c6d) + 0x6d2b79f5 | 0;
    return (state >>> 0) % limit;
  };
}

Deno.test("a side refers to so many values at once, and to others when it gave some up", () => {
  const exports = new Exports();
  let released = 0;
  for (let i = 0; i < 100_000; i++) exports.add({}, {});
  let refused: unknown;
  try {
    exports.add({}, {}, () => released++);
  } catch (error) {
    refused = error;
  }
  assert(refused instanceof Deno.errors.Busy);
  assertEquals(released, 1); // It was not taken over.
  exports.release(1, 1, "disposed");
  assertEquals(exports.add({}, {}), 100_001);
});
