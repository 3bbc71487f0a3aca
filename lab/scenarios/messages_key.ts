import { assertEquals } from "@std/assert";
import { scenario } from "../docker/scenario.ts";

export default scenario({
  title: "messages with a key: who knows it is served, who does not is refused",
  shows:
    "Three containers want to talk to a fourth. One has the right key, one a wrong one, one none at all.",
  async run(lab) {
    const network = await lab.network();
    const server = await lab.container({
      name: "server",
      network,
      program: "scenarios/programs/message_server.ts",
      args: ["open sesame"],
    });
    await server.line("listening");
    const client = (name: string, key: string) =>
      lab.container({
        name,
        network,
        program: "scenarios/programs/message_client.ts",
        args: ["server", key, "3", "0", "1", "16384", "16385", "1000000"],
      });
    const [right, wrong] = await Promise.all([client("right", "open sesame"), client("wrong", "open wheat")]);
    await right.line("15 echoes");
    await wrong.line(/^refused: .*key/);
    await Promise.all([right.ends(), wrong.ends()]);
    const again = await client("again", "open sesame"); // The refused ones have done no harm.
    await again.line("15 echoes");
    await again.ends();
    await server.stop();
    await server.ends();
    assertEquals(server.lines.at(-1), "served 6 clients");
  },
});
