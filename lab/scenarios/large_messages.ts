import { scenario } from "../docker/scenario.ts";

export default scenario({
  title: "messages of 64 MiB pass between containers, both ways",
  shows: "A client sends messages of 64 MiB, the default's limit, and gets each back as it was.",
  async run(lab) {
    const network = await lab.network();
    const server = await lab.container({
      name: "server",
      network,
      program: "scenarios/programs/message_server.ts",
      args: ["-"],
    });
    await server.line("listening");
    const client = await lab.container({
      name: "client",
      network,
      program: "scenarios/programs/message_client.ts",
      args: ["server", "-", "1", `${64 * 2 ** 20}`, "3", `${64 * 2 ** 20}`],
    });
    await client.line("3 echoes", { timeout: 40_000 });
    await client.ends();
    await server.stop();
    await server.ends();
  },
});
