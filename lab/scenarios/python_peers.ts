import { assertEquals } from "@std/assert";
import { scenario } from "../docker/scenario.ts";

const SIZES = ["0", "1", "16384", "16385", "1048576"];

export default scenario({
  title: "Deno and Python containers exchange messages, in both roles",
  shows: "Python's multiprocessing.connection talks to this library's Listener, and this library's "
    + "client to Python's Listener; each of them also has a stranger with a wrong key.",
  async run(lab) {
    void lab.pythonImage; // Skips where there is none.
    const network = await lab.network();
    const env = { LEGACY: "1" }; // Python's version decides which of the handshakes it is.
    const ours = await lab.container({
      name: "deno-server",
      network,
      program: "scenarios/programs/message_server.ts",
      args: ["secret"],
      env,
    });
    const theirs = await lab.container({
      name: "python-server",
      network,
      program: "scenarios/programs/python_server.py",
      args: ["secret"],
    });
    await Promise.all([ours.line("listening"), theirs.line("listening")]);
    const client = (name: string, key: string) =>
      lab.container({
        name,
        network,
        program: "scenarios/programs/python_client.py",
        args: ["deno-server", key, ...SIZES],
      });
    const denoClient = (name: string, key: string) =>
      lab.container({
        name,
        network,
        program: "scenarios/programs/message_client.ts",
        args: ["python-server", key, "1", ...SIZES],
        env,
      });
    const [right, wrong, stranger] = await Promise.all([
      client("python-client", "secret"),
      client("python-stranger", "wrong"),
      denoClient("deno-stranger", "wrong"),
    ]);
    await right.line(`${SIZES.length} echoes`);
    await wrong.line(/^refused: /);
    await stranger.line(/^refused: .*key/);
    await theirs.line("refused a client");
    const deno = await denoClient("deno-client", "secret"); // Python's serves one client, and then ends.
    await deno.line(`${SIZES.length} echoes`);
    await theirs.line(`echoed ${SIZES.length}`);
    await Promise.all([right, wrong, stranger, deno, theirs].map((container) => container.ends()));
    await ours.stop();
    await ours.ends();
    assertEquals(ours.lines, ["listening", "refused a client", "served 1 clients"]);
  },
});
