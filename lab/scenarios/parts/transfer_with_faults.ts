import { assert, assertEquals } from "@std/assert";
import type { Lab } from "../../docker/lab.ts";

/** What happens, for the report. */
export const FAULTS =
  "One container sends numbered records as fast as another one stores and acknowledges them. In the middle of that each "
  + "of them is paused and goes on, is killed with SIGKILL and started again, and is stopped. The other side learns of "
  + "it, by the end of the line or by a time-out, and goes on when it is back. Nothing acknowledged is lost, nothing "
  + "comes twice, and no record is torn.";

/** Runs transfer_sender.ts and transfer_receiver.ts, and lets all that befall them; over TCP the network is cut, too. */
export async function transferWithFaults(
  lab: Lab,
  transport: "fifo" | "socket" | "message" | "tcp" | "tcp-message",
): Promise<void> {
  const mounts = { "/shared": await lab.volume() };
  const network = transport.startsWith("tcp") ? await lab.network() : undefined;
  const start = (name: string) =>
    lab.container({
      name,
      mounts,
      ...network && { network },
      program: `scenarios/programs/transfer_${name}.ts`,
      args: [transport, "/shared/line"],
    });
  const [receiver, sender] = await Promise.all([start("receiver"), start("sender")]);
  const flows = async () => {
    await sender.line(/acknowledged$/);
    await sender.line(/acknowledged$/); // The first may have been said before.
  };

  await flows();
  await receiver.pause();
  await sender.line("receiver is late after");
  await receiver.unpause();
  await flows();
  await sender.pause();
  await receiver.line("sender is late after");
  await sender.unpause();
  await flows();

  if (network !== undefined) {
    await receiver.disconnect(network);
    await sender.line("receiver is late after");
    await receiver.connect(network);
    await flows();
  }

  await sender.kill();
  await receiver.line("sender gone after");
  await sender.ends(137);
  await sender.start();
  await receiver.line("sender came");
  await flows();
  await receiver.kill();
  await sender.line("receiver gone after");
  await receiver.ends(137);
  await receiver.start();
  await flows();

  await receiver.stop();
  await sender.line("receiver gone after");
  await receiver.ends();
  await receiver.start();
  await flows();
  await sender.stop();
  await sender.ends();
  await receiver.line("sender gone after");
  await receiver.stop();
  await receiver.ends();

  const [, done] = /^done, (\d+) acknowledged$/.exec(sender.lines.at(-1)!)!;
  assertEquals(receiver.lines.at(-1), `stopped with ${done} records, each once, in order`);
  // Both sides count up, over all their lives: nobody ever has less than it had, or than the other side was told.
  for (const { name, lines } of [sender, receiver]) {
    const counts = lines.flatMap((line) => /\d+/.exec(line) ?? []).map(Number);
    assertEquals(counts, counts.toSorted((a, b) => a - b), `${name} has had less than before`);
  }
  assert(Number(done) > 0);
}
