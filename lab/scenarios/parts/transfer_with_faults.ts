import { assert, assertEquals } from "@std/assert";
import type { LabContainer } from "../../docker/container.ts";
import type { Lab } from "../../docker/lab.ts";

/** What happens, for the report. */
export const FAULTS =
  "One container sends numbered records as fast as another one stores and acknowledges them. In the middle of that each "
  + "of them is paused and goes on, is killed with SIGKILL and started again, and is stopped. The other side learns of "
  + "it, by the end of the line or by a time-out, and goes on when it is back. Nothing acknowledged is lost, nothing "
  + "comes twice, and no record is torn.";

/** Their time-out is 0.7 s; the rest is for a busy machine. */
const LEARNS_WITHIN_MS = 5_000;

/** Runs transfer_sender.ts and transfer_receiver.ts, and lets all that befall them; over TCP the network is cut, too. */
export async function transferWithFaults(
  lab: Lab,
  transport: "fifo" | "socket" | "message" | "tcp" | "tcp-message" | "channel",
): Promise<void> {
  const mounts = { "/shared": await lab.volume() };
  // Whose /dev/shm the others share: it goes with its container.
  const keeper = transport === "channel" ? await memoryKeeper(lab) : undefined;
  const network = transport.startsWith("tcp") ? await lab.network() : undefined;
  const start = (name: string) =>
    lab.container({
      name,
      mounts,
      ...network && { network },
      ...keeper && { ipc: keeper },
      program: `scenarios/programs/transfer_${name}.ts`,
      args: [transport, "/shared/line"],
    });
  const [receiver, sender] = await Promise.all([start("receiver"), start("sender")]);
  // Between two of these lines are more records than can be on their way: the latest left after the fault.
  const flows = async () => {
    const since = Date.now();
    for (let i = 0; i < 2; i++) await sender.line(/acknowledged$/, { since });
  };
  const learns = async (who: LabContainer, wanted: string, fault: Promise<void>) => {
    const since = Date.now();
    await fault;
    await who.line(wanted, { since, timeout: LEARNS_WITHIN_MS });
  };

  await flows();
  await learns(sender, "receiver is late after", receiver.pause());
  await receiver.unpause();
  await flows();
  await learns(receiver, "sender is late after", sender.pause());
  await sender.unpause();
  await flows();

  if (network !== undefined) {
    await learns(sender, "receiver is late after", receiver.disconnect(network));
    await receiver.connect(network);
    await flows();
    await learns(receiver, "sender is late after", sender.disconnect(network));
    await sender.connect(network);
    await flows();
  }

  await learns(receiver, "sender gone after", sender.kill());
  await sender.ends(137);
  await sender.start();
  await receiver.line("sender came");
  await flows();
  await learns(sender, "receiver gone after", receiver.kill());
  await receiver.ends(137);
  await receiver.start();
  await flows();

  await learns(sender, "receiver gone after", receiver.stop());
  await receiver.ends();
  await receiver.start();
  await flows();
  await learns(receiver, "sender gone after", sender.stop());
  await sender.ends();
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

async function memoryKeeper(lab: Lab): Promise<LabContainer> {
  const program = "scenarios/programs/signal_partner.ts";
  const keeper = await lab.container({ name: "keeper", ipc: "shareable", program, args: ["keep"] });
  await keeper.line("keeps");
  return keeper;
}
