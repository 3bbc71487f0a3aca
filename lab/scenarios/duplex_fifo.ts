import { assertEquals } from "@std/assert";
import { scenario } from "../docker/scenario.ts";

const PATH = "/shared/conversation";
const QUESTIONS = 2000;

export default scenario({
  title: "two containers converse over two fifos",
  shows:
    "Containers without a network share a volume. The client comes before the fifos exist, and tries again until the "
    + "server has made them. It asks without waiting for an answer before the next question, and gets each answer "
    + "once and in order. The server, who made the two fifos, removes them.",
  async run(lab) {
    const mounts = { "/shared": await lab.volume() };
    const client = await lab.container({
      name: "client",
      mounts,
      program: "scenarios/programs/duplex_fifo_client.ts",
      args: [PATH, `${QUESTIONS}`],
    });
    await client.line("no server yet");
    const server = await lab.container({
      name: "server",
      mounts,
      program: "scenarios/programs/duplex_fifo_server.ts",
      args: [PATH],
    });
    await Promise.all([client.ends(), server.ends()]);
    assertEquals(client.lines, ["no server yet", `had ${QUESTIONS} answers, and then the end`]);
    assertEquals(server.lines, [
      `end after ${QUESTIONS} questions`,
      "in the volume during the conversation: conversation.in, conversation.out",
      "in the volume after it: nothing",
    ]);
  },
});
