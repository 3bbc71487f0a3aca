import { assertEquals } from "@std/assert";
import { scenario } from "../docker/scenario.ts";

const CLIENTS = ["client1", "client2", "client3", "client4", "client5"];
const LINES = 1000;

export default scenario({
  title: "five clients in five containers have their lines echoed over TCP",
  shows:
    "One container listens; the clients find it by its name, and each gets its own lines back, in order. "
    + "The first client starts before the server, and tries again until it is there.",
  async run(lab) {
    const network = await lab.network();
    const client = (name: string) =>
      lab.container({
        name,
        network,
        program: "scenarios/programs/tcp_echo_client.ts",
        args: ["server", name, `${LINES}`],
      });
    const early = await client(CLIENTS[0]!);
    await early.line("no server yet");
    const program = "scenarios/programs/tcp_echo_server.ts";
    const server = await lab.container({ name: "server", network, program });
    await server.line("listening");
    const clients = [early, ...await Promise.all(CLIENTS.slice(1).map(client))];
    await Promise.all(clients.map((client) => client.ends()));
    const [waited, ...others] = clients.map(({ lines }) => lines);
    const [had, ...haveHad] = CLIENTS.map((name) => `${name} had ${LINES} echoes`);
    assertEquals([waited, others], [["no server yet", had], haveHad.map((line) => [line])]);
    await server.stop();
    await server.ends();
    assertEquals(server.lines.toSorted(), [
      ...CLIENTS.map((name) => `${name} left after ${LINES} lines`),
      "listening",
      "stopped",
    ]);
  },
});
