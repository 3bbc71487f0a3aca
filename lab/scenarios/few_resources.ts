import { assertEquals } from "@std/assert";
import { scenario } from "../docker/scenario.ts";

export default scenario({
  title: "who runs out of descriptors or of processes is told so, and can go on",
  shows:
    "One container may have 64 descriptors (ulimit -n): it opens of each kind as many as it gets, twice. Then it has "
    + "none left for a connection that is to be accepted, which is accepted as soon as it has. Another one may have "
    + "64 processes and threads (--pids-limit), and starts children as long as it may.",
  async run(lab) {
    const [descriptors, processes] = await Promise.all([
      lab.container({
        name: "few-descriptors",
        ulimits: { nofile: 64 },
        program: "scenarios/programs/few_descriptors.ts",
      }),
      lab.container({
        name: "few-processes",
        pidsLimit: 64,
        program: "scenarios/programs/few_processes.ts",
      }),
    ]);
    await Promise.all([descriptors.ends(), processes.ends()]);
    const refused = (what: string, syscall: string) =>
      `${what}: Error EMFILE ${syscall} "this process has no descriptors left (see ulimit -n)", and as many again`;
    assertEquals(descriptors.lines, [
      refused("pipes", "pipe2"),
      refused("readers of a fifo", "open"),
      refused("Unix listeners", "socket"),
      refused("connections over a Unix socket", "socket"),
      refused("TCP listeners", "socket"),
      refused("connections over TCP", "socket"),
      refused("datagram sockets", "bind"),
      refused("connection pairs", "socketpair"),
      refused("shared memories", "memfd_create"),
      "accept: Error EMFILE, and with room again: hello",
      "for await: hello",
    ]);
    assertEquals(processes.lines, [
      'children: WouldBlock EAGAIN fork "there may be no more processes now"',
      "a child after that: 0",
    ]);
  },
});
