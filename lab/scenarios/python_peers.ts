import { scenario } from "../docker/scenario.ts";

const SIZES = ["0", "1", "16384", "16385", "1000000"];

export default scenario({
  title: "Deno and Python containers exchange messages, in both roles",
  shows:
    "Python's multiprocessing.connection talks to this library's Listener, with the right key and a wrong one; then "
    + "this library's client talks to Python's Listener.",
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
    const [right, wrong, deno] = await Promise.all([
      client("python-client", "secret"),
      client("python-stranger", "wrong"),
      lab.container({
        name: "deno-client",
        network,
        program: "scenarios/programs/message_client.ts",
        args: ["python-server", "secret", "1", ...SIZES],
        env,
      }),
    ]);
    await right.line(`${SIZES.length} echoes`);
    await wrong.line(/^refused: /);
    await deno.line(`${SIZES.length} echoes`);
    await theirs.line(`echoed ${SIZES.length}`);
    await Promise.all([right, wrong, deno, theirs].map((container) => container.ends()));
    await ours.stop();
    await ours.ends();
  },
});
