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
    const client = (name: string, key: string, connections: number) =>
      lab.container({
        name,
        network,
        program: "scenarios/programs/message_client.ts",
        args: ["server", key, `${connections}`, "0", "1", "16384", "16385", "1000000"],
      });
    const [right, wrong, without] = await Promise.all([
      client("right", "open sesame", 3),
      client("wrong", "open wheat", 1),
      client("without", "-", 1),
    ]);
    await right.line("15 echoes");
    await wrong.line(/^refused: .*key/);
    await without.line("0 bytes came back wrong"); // It takes the challenge for its echo.
    await Promise.all([right.ends(), wrong.ends(), without.ends(1)]);
    for (let i = 0; i < 2; i++) await server.line("refused a client");
    const again = await client("again", "open sesame", 3); // The refused ones have done no harm.
    await again.line("15 echoes");
    await again.ends();
    await server.stop();
    await server.ends();
    assertEquals(server.lines, ["listening", "refused a client", "refused a client", "served 6 clients"]);
  },
});
