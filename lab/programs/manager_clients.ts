/**
 * A manager holds a table of scores and a queue of questions; three clients in processes of their own use them as if
 * they were theirs.
 *
 *     deno run -A lab/programs/manager_clients.ts [QUESTIONS]
 *
 * One sees who answered how many questions, and the table at the end.
 *
 * Needs: --allow-ffi --allow-run --allow-env --allow-read --allow-write --allow-net --allow-sys
 *
 * @module
 */
import { Manager, Process } from "../../mod.ts";
import { interruptible } from "./parts/interruptible.ts";

/** What each client runs: it squares numbers until there are no more. */
export async function client(address: string, authKey: string | Uint8Array, name: string): Promise<void> {
  await using manager = await Manager.connect(address, { authKey });
  const [scores, questions] = [
    await manager.map<string, number>("scores"),
    await manager.queue<number | null>("questions"),
  ];
  let answered = 0;
  for (let n = await questions.get(); n !== null; n = await questions.get()) {
    await scores.add("sum of squares", n * n);
    answered++;
  }
  await scores.set(name, answered);
  console.log(`${name} answered ${answered} questions`);
}

async function main(count: number, signal: AbortSignal): Promise<void> {
  await using manager = await Manager.start();
  const questions = await manager.queue<number | null>("questions");
  const names = ["Ann", "Bob", "Cleo"];
  const clients = names.map((name) =>
    new Process(import.meta.url, { entry: "client", args: [manager.address, manager.authKey, name], name })
  );
  for (const each of clients) each.start();
  for (let n = 1; n <= count; n++) await questions.put(n);
  for (const _ of names) await questions.put(null);
  const codes = await Promise.all(clients.map((each) => each.join({ signal })));
  if (codes.some((code) => code !== 0)) throw new Error("A client has failed");
  const scores = await manager.map<string, number>("scores");
  const answered = await Promise.all(names.map((name) => scores.get(name)));
  console.log(
    `Manager: ${answered.reduce<number>((sum, n) => sum + (n ?? 0), 0)} answers, sum of squares ${await scores
      .get(
        "sum of squares",
      )}`,
  );
}

if (import.meta.main) {
  const [count = "100"] = Deno.args;
  await interruptible((signal) => main(Number(count), signal));
}
