import { assertEquals } from "@std/assert";
import { scenario } from "../docker/scenario.ts";

const SOCKET = "/shared/socket";

export default scenario({
  title: "open descriptors pass from container to container",
  shows:
    "Over a Unix socket in a volume a container hands another one the write end of a pipe, a file of its own file "
    + "system and a connection to an echo server in its network. The other one, which has no network and cannot see "
    + "that file, writes, reads and converses with them.",
  async run(lab) {
    const mounts = { "/shared": await lab.volume() };
    const network = await lab.network();
    const [taker, echo] = await Promise.all([
      lab.container({
        name: "taker",
        mounts,
        program: "scenarios/programs/descriptor_taker.ts",
        args: [SOCKET],
      }),
      lab.container({ name: "echo", network, program: "scenarios/programs/tcp_echo_server.ts" }),
    ]);
    await Promise.all([taker.line("listening"), echo.line("listening")]);
    const giver = await lab.container({
      name: "giver",
      mounts,
      network,
      program: "scenarios/programs/descriptor_giver.ts",
      args: [SOCKET, "echo"],
    });
    await Promise.all([giver.ends(), taker.ends()]);
    assertEquals(taker.lines, [
      "listening",
      'got writer, file, socket with "three gifts"',
      'the file, which is not in this container, says "a secret of giver"',
      'the echo server, which this container cannot reach, says "taker greets"',
      "descriptors as before",
    ]);
    assertEquals(giver.lines, [
      'the taker wrote "hello from taker", and the pipe ended',
      "descriptors as before",
    ]);
    await echo.stop();
    await echo.ends();
    assertEquals(echo.lines, ["listening", "taker left after 1 lines", "stopped"]);
  },
});
