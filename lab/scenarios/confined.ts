import { assertEquals } from "@std/assert";
import { scenario } from "../docker/scenario.ts";

export default scenario({
  title: "everything works on a read-only root, for a user without rights, and with few processes",
  shows:
    "Three confined containers each use pipes, fifos, Unix and TCP sockets, messages, signals, shared memory and a child "
    + "process. One cannot write to its file system, a volume aside; one belongs to a user who owns nothing there and "
    + "has no capability; one may have no more than so many processes and threads.",
  async run(lab) {
    const mounts = { "/shared": await lab.volume() };
    const options = { mounts, program: "scenarios/programs/every_kind.ts" };
    const confinements = [
      { name: "read-only", readOnly: true, capDrop: ["ALL"] },
      { name: "nobody", user: "4711:4711", capDrop: ["ALL"] },
      { name: "few-processes", pidsLimit: 64 },
    ];
    const containers = await Promise.all(
      confinements.map((confinement) =>
        lab.container({ ...options, ...confinement, args: [`/shared/${confinement.name}`] })
      ),
    );
    await Promise.all(containers.map((container) => container.ends()));
    const kinds = [
      "pipe",
      "fifo",
      "Unix socket",
      "TCP socket",
      "messages",
      "signals",
      "shared memory",
      "child",
    ];
    const works = kinds.map((kind) => `${kind}: works`);
    assertEquals(containers.map(({ lines }) => lines), [
      ["a file beside the program: EROFS", ...works],
      ["a file beside the program: EACCES", ...works],
      ["a file beside the program: works", ...works],
    ]);
  },
});
