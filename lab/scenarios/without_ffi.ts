import { assertEquals } from "@std/assert";
import { scenario } from "../docker/scenario.ts";

const MISSING = "NotCapable";

export default scenario({
  title: "without the FFI permission sockets and signals work, and the rest says what is missing",
  shows:
    "A program that was not given --allow-ffi talks over TCP and Unix sockets, in bytes and in messages, with another "
    + "container that was given it, and gets a signal. Pipes, fifos, shared memory and the passing of descriptors tell "
    + "which permission they need.",
  async run(lab) {
    const mounts = { "/shared": await lab.volume() };
    const network = await lab.network();
    const program = "scenarios/programs/without_ffi.ts";
    const flags = ["--allow-net", "--allow-read", "--allow-write", "--allow-sys", "--allow-run"];
    const start = (name: string, options: { flags?: string[]; args: string[] }) =>
      lab.container({ name, mounts, network, program, ...options });
    const server = await start("server", { args: ["serve", "/shared"] });
    await server.line("serves");
    const client = await start("client", { flags, args: ["converse", "server", "/shared"] });
    await client.ends();
    assertEquals(client.lines, [
      "over TCP: echo of hello",
      "over a Unix socket: echo of hello",
      "in messages: echo of hello",
      "signal: SIGUSR1",
      ...["pipe", "mkfifo", "openFifoReader", "SharedMemory.create", "Lock.create"].map((name) => `${name}: ${MISSING}`),
    ]);
    await server.stop();
    await server.ends();
  },
});
