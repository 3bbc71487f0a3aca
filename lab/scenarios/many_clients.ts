import { assertEquals } from "@std/assert";
import { scenario } from "../docker/scenario.ts";

export default scenario({
  title: "200 clients from four containers talk to one listener at once",
  shows:
    "Each of four containers opens 50 connections with a key; each connection has five messages echoed, and stays "
    + "open until all the others have had theirs.",
  async run(lab) {
    const network = await lab.network();
    const server = await lab.container({
      name: "server",
      network,
      program: "scenarios/programs/message_server.ts",
      args: ["many", "200"],
    });
    await server.line("listening");
    const clients = await Promise.all([1, 2, 3, 4].map((n) =>
      lab.container({
        name: `clients${n}`,
        network,
        program: "scenarios/programs/message_client.ts",
        env: { HOLD: "1" },
        args: ["server", "many", "50", "10", "1000", "10", "20000", "10"],
      })
    ));
    await Promise.all(clients.map((client) => client.line("250 echoes", { timeout: 40_000 })));
    await server.line("a crowd of 200");
    await Promise.all(clients.map((client) => client.stop()));
    await Promise.all(clients.map((client) => client.ends()));
    await server.stop();
    await server.ends();
    assertEquals(server.lines, ["listening", "a crowd of 200", "served 200 clients"]);
  },
});
