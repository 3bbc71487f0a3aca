import { scenario } from "../docker/scenario.ts";

export default scenario({
  title: "a listener is restarted under its clients, which connect again",
  shows:
    "Three clients have messages echoed. The server is killed and started again, twice; each client waits for it, "
    + "trying less and less often, and goes on with the message that was not answered.",
  async run(lab) {
    const network = await lab.network();
    const server = await lab.container({
      name: "server",
      network,
      program: "scenarios/programs/message_server.ts",
      args: ["again"],
    });
    await server.line("listening");
    const clients = await Promise.all([1, 2, 3].map((n) =>
      lab.container({
        name: `client${n}`,
        network,
        program: "scenarios/programs/reconnecting_client.ts",
        args: ["server", "again"],
      })
    ));
    const all = (wanted: RegExp) => Promise.all(clients.map((client) => client.line(wanted)));
    await all(/^\d+ echoed$/);
    for (let i = 0; i < 2; i++) {
      await server.kill();
      await all(/^gone after/);
      await server.ends(137);
      await server.start();
      await all(/^connected$/);
      await all(/^\d+ echoed$/);
    }
    await Promise.all(clients.map((client) => client.stop()));
    await Promise.all(clients.map((client) => client.ends()));
    await server.stop();
    await server.ends();
  },
});
