import { assertEquals } from "@std/assert";
import { scenario } from "../docker/scenario.ts";

/** What needs the C library, and what it says without it. */
const REFUSED = [
  ...["pipe", "mkfifo", "openFifoReader", "DuplexFifo", "connectionPair", "SharedMemory", "Lock"].map((
    name,
  ) => `${name}: NotCapable: Requires ffi access to "libc.so.6", run again with the --allow-ffi flag`),
  "sendDescriptors: NotSupported: Cannot send descriptors over connection to unix:/shared/socket: it has no descriptor "
  + "of its own (dup: EOPNOTSUPP); run with --allow-ffi",
  "peerCredentials: NotSupported: Cannot ask for the other side's credentials of connection to unix:/shared/socket: it "
  + "has no descriptor of its own (dup: EOPNOTSUPP); run with --allow-ffi",
];

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
      "in messages: echo of hello",
      "over a Unix socket: echo of hello",
      "signal: SIGUSR1",
      ...REFUSED,
      "support: true for network, unixSockets, signals, sendSignal; false for pipes, fifos, sharedMemory",
    ]);
    await server.stop();
    await server.ends();
  },
});
