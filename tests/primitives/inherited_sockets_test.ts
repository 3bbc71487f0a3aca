import { assertEquals } from "@std/assert";
import { connect } from "../../mod.ts";
import { childPath, startProgram } from "../support/programs.ts";
import { skipUnless } from "../support/skip.ts";
import { tempDir } from "../support/temp.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

/** As a service manager does: binds sockets, and becomes the program with them as descriptors 3, 4 …. */
const ACTIVATE = `
import os, socket, sys
kinds, names, pid, deno, program, folder = sys.argv[1:7]
sockets = []
for i, kind in enumerate(kinds.split(",")):
    if kind == "unix":
        s = socket.socket(socket.AF_UNIX); s.bind(folder + "/socket" + str(i)); s.listen(5)
    elif kind == "tcp":
        s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(5)
        print("port %d" % s.getsockname()[1], flush=True)
    elif kind == "datagram":
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(folder + "/datagram")
    sockets.append(s)
high = [os.dup2(s.fileno(), 50 + i) for i, s in enumerate(sockets)]
for i, fd in enumerate(high):
    os.dup2(fd, 3 + i, inheritable=True); os.close(fd)
os.environ["LISTEN_FDS"] = str(len(sockets))
os.environ["LISTEN_PID"] = str(os.getpid()) if pid == "mine" else pid
if names != "-": os.environ["LISTEN_FDNAMES"] = names
os.execv(deno, [deno, "run", "-A", program])
`;

interface Activation {
  kinds: string;
  names?: string;
  pid?: string;
}

function activate(folder: string, { kinds, names = "-", pid = "mine" }: Activation) {
  const program = childPath("activated_server.ts");
  return startProgram("python3", "-c", ACTIVATE, kinds, names, pid, Deno.execPath(), program, folder);
}

function test(name: string, body: (folder: string) => Promise<void>): void {
  Deno.test({
    name,
    ignore: skipUnless("python3"),
    fn: async () => {
      using folder = tempDir();
      await within(PATIENCE_MS, name, () => body(folder.path));
    },
  });
}

async function echoed(address: string): Promise<string> {
  await using client = await connect(address);
  await client.write("hello\n");
  return (await client.lines().next()).value;
}

test("inheritedListeners() takes what a service manager listens with, by name", async (folder) => {
  await using server = activate(folder, { kinds: "unix,tcp", names: "local:remote" });
  await server.printed("serving");
  const port = /port (\d+)/.exec(server.stdout)![1];
  assertEquals(await echoed(`unix:${folder}/socket0`), "local: hello");
  assertEquals(await echoed(`tcp://127.0.0.1:${port}`), "remote: hello");
  assertEquals(server.stdout.split("\n").slice(1, 3), [
    `local unix:${folder}/socket0`,
    `remote tcp://127.0.0.1:${port}`,
  ]);
  await server.write("again\n");
  await server.printed("BadResource");
  await server.closeStdin();
  await server.status;
  assertEquals(Deno.lstatSync(`${folder}/socket0`).isSocket, true, "the manager's file stays");
});

test("listeners without a name are called unknown", async (folder) => {
  await using server = activate(folder, { kinds: "unix" });
  await server.printed("serving");
  assertEquals(server.stdout.split("\n")[0], `unknown unix:${folder}/socket0`);
  assertEquals(await echoed(`unix:${folder}/socket0`), "unknown: hello");
});

test("what is meant for another process is not taken", async (folder) => {
  await using server = activate(folder, { kinds: "unix", pid: "1" });
  await server.printed("serving");
  assertEquals(server.stdout, "serving\n");
});

test("a socket that does not listen is InvalidData, and says which", async (folder) => {
  await using server = activate(folder, { kinds: "unix,datagram" });
  await server.printed("InvalidData Cannot take inherited listener 4: it does not listen for streams");
});

Deno.test("without a service manager there are no inherited listeners", async () => {
  await using server = startProgram(Deno.execPath(), "run", "-A", childPath("activated_server.ts"));
  await server.printed("serving");
  assertEquals(server.stdout, "serving\n");
});
