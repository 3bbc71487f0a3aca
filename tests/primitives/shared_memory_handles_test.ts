/** Shared memory on its way: to workers, to children of ours and of others, and over Unix sockets. */

import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { closeSync, openSync } from "node:fs";
import { O_RDONLY, O_RDWR, open } from "../../lib/ffi/fcntl.ts";
import { socketPair } from "../../lib/primitives/socket.ts";
import {
  connectionPair,
  listen,
  pipe,
  ReceivedDescriptor,
  receiveDescriptors,
  sendDescriptors,
  SharedMemory,
  type SharedToken,
  spawn,
} from "../../mod.ts";
import { startChild } from "../support/children.ts";
import { assertNoLeak, openDescriptors } from "../support/descriptors.ts";
import { assertFails } from "../support/errors.ts";
import { childPath } from "../support/programs.ts";
import { notOnLinux, test } from "../support/shared_memory.ts";
import { skipIf, skipUnless } from "../support/skip.ts";
import { ended } from "../support/spawned.ts";
import { tempDir } from "../support/temp.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

const word = ({ buffer }: SharedMemory) => Atomics.load(new Int32Array(buffer), 0);

function adder(fd: number, times: number): string[] {
  return ["run", "-A", "--no-prompt", childPath("shared_memory.ts"), "inherited", `${fd}`, `${times}`];
}

async function oneWorker(token: SharedToken, times: number): Promise<number> {
  const worker = new Worker(new URL("../children/shared_memory_worker.ts", import.meta.url), {
    type: "module",
  });
  try {
    return await within(PATIENCE_MS, "the worker", () =>
      new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = (event) => {
          event.preventDefault();
          reject(event.message);
        };
        worker.postMessage({ token, times });
      }));
  } finally {
    worker.terminate();
  }
}

for (const kind of ["with a name", "without a name"]) {
  const create = (name: string, size = 64) => {
    const memory = SharedMemory.create({ size, name: kind === "with a name" ? name : undefined });
    // From here on nobody needs the name.
    if (memory.name !== undefined) memory.unlink();
    return memory;
  };

  test(`memory ${kind} is used by several workers and this thread at once`, async (name) => {
    using memory = create(name);
    const workers = [1, 2, 3].map(() => oneWorker(memory.share(), 10_000));
    const words = new Int32Array(memory.buffer);
    for (let count = 0; count < 10_000; count++) Atomics.add(words, 0, 1);
    assertEquals(await Promise.all(workers), [0, 0, 0]); // The views that they closed.
    assertEquals(words[0], 40_000);
  });

  test(`memory ${kind} is used by several processes, with a token as an argument`, async (name) => {
    using memory = create(name);
    const args = ["add", JSON.stringify(memory.share()), "10000"];
    await using first = startChild("shared_memory", { args });
    await using second = startChild("shared_memory", { args });
    await Promise.all([first.finished(), second.finished()]);
    assertEquals(word(memory), 20_000);
  });

  test(`memory ${kind} is given to a child as a descriptor, and stays ours`, async (name) => {
    using memory = create(name);
    const before = openDescriptors().size;
    const child = spawn(Deno.execPath(), {
      args: adder(5, 1000),
      stdout: "piped",
      stderr: "piped",
      fds: { 5: memory },
    });
    const outcome = await ended(child);
    assertEquals([outcome.code, outcome.err], [0, ""]);
    assertEquals(word(memory), 1000);
    assertEquals(openDescriptors().size, before);
  });

  test(`memory ${kind} is sent over a Unix socket, and received more than once`, async (name) => {
    using memory = create(name);
    const [a, b] = socketPair();
    await sendDescriptors(a, new Uint8Array([1]), [memory, memory]);
    using received = await receiveDescriptors(b, { timeout: PATIENCE_MS });
    assertEquals(received!.descriptors.map(({ kind }) => kind), ["file", "file"]);
    for (const descriptor of received!.descriptors) {
      using other = SharedMemory.from(descriptor);
      Atomics.add(new Int32Array(other.buffer), 0, 1);
      assertThrows(() => descriptor.fd, Deno.errors.BadResource, "taken");
    }
    assertEquals(word(memory), 2);
    a.close();
    b.close();
  });

  test(`memory ${kind} is sent with a message`, async (name) => {
    using memory = create(name);
    const [a, b] = connectionPair({ handles: true });
    await a.sendWithHandles("memory", [memory]);
    using message = await b.recvWithHandles({ timeout: PATIENCE_MS });
    using other = SharedMemory.from(message.handles[0]!);
    new Int32Array(other.buffer)[0] = 5;
    assertEquals([message.value, word(memory)], ["memory", 5]);
    await a.send(memory.share() as never);
    using third = SharedMemory.from(await b.recv({ timeout: PATIENCE_MS }) as unknown as SharedToken);
    assertEquals(word(third), 5);
    await a.close();
    await b.close();
  });
}

test("a named memory is found by its name where its sharer has closed it, and by nobody when it has none", async (name) => {
  const named = SharedMemory.create({ name, size: 8 });
  const unnamed = SharedMemory.create({ size: 8 });
  const [token, other] = [named.share(), unnamed.share()];
  named.close();
  unnamed.close();
  using again = SharedMemory.from(token);
  assertEquals(again.size, 8);
  const error = await assertFails(() => SharedMemory.from(other), {
    type: Deno.errors.NotFound,
    code: "ENOENT",
    syscall: "open",
    path: `/proc/${Deno.pid}/fd/${other.fd}`,
  });
  assertStringIncludes(error.message, "keep it open");
  // Another file with the name is not taken for it.
  named.unlink();
  again.close();
  using impostor = SharedMemory.create({ name, size: 8 });
  await assertFails(() => SharedMemory.from(token), {
    type: Deno.errors.NotFound,
    code: "ENOENT",
    syscall: "open",
    path: `/proc/${Deno.pid}/fd/${token.fd}`,
  });
  impostor.unlink();
});

test("a number that has another file now is not opened", async () => {
  const memory = SharedMemory.create({ size: 8 });
  const token = memory.share();
  memory.close();
  using dir = tempDir();
  Deno.writeTextFileSync(dir.join("file"), "precious");
  const fds: number[] = [];
  do fds.push(openSync(dir.join("file"), "r+")); while (fds.at(-1)! < token.fd && fds.length < 500);
  await assertFails(() => SharedMemory.from(token), {
    type: Deno.errors.NotFound,
    code: "ENOENT",
    syscall: "open",
    path: `/proc/${Deno.pid}/fd/${token.fd}`,
  });
  fds.forEach((fd) => closeSync(fd));
  assertEquals(Deno.readTextFileSync(dir.join("file")), "precious");
});

test("what is not a token, or another kind's, is a TypeError", () => {
  using memory = SharedMemory.create({ size: 8 });
  const token = memory.share();
  const wrong: unknown[] = [null, undefined, 5, "x", {}, [], { ...token, pid: -1 }, { ...token, fd: 1.5 }];
  wrong.push({ ...token, identity: 7 }, { ...token, readOnly: "no" }, { ...token, pid: "../.." });
  wrong.push({ ...token, name: "a/b" }, { ...token, name: 7 }, { ...token, fd: 2 ** 60 });
  for (const each of wrong) assertThrows(() => SharedMemory.from(each as SharedToken), TypeError);
  assertThrows(() => SharedMemory.from({ ...token, kind: "Lock" }), TypeError, "use Lock.from()");
  for (
    const each of [{ ...token, identity: "0:0:0" }, { ...token, pid: 2 ** 31 }, { ...token, fd: 1_000_000 }]
  ) {
    assertThrows(() => SharedMemory.from(each), Deno.errors.NotFound);
  }
});

test("memory with a sole writer is sent as a descriptor that only reads", async () => {
  using memory = SharedMemory.create({ size: 8, soleWriter: true });
  const [a, b] = socketPair();
  await sendDescriptors(a, new Uint8Array([1]), [memory]);
  using received = await receiveDescriptors(b, { timeout: PATIENCE_MS });
  using other = SharedMemory.from(received!.descriptors[0]!);
  new Uint8Array(memory.buffer)[0] = 3;
  assertEquals([other.readOnly, other.sealed, new Uint8Array(other.buffer)[0]], [true, true, 3]);
  a.close();
  b.close();
});

test("a descriptor that is no memory is refused with what it is", async () => {
  const [a, b] = socketPair();
  const { reader, writer } = pipe();
  await sendDescriptors(a, new Uint8Array([1]), [reader]);
  using received = await receiveDescriptors(b, { timeout: PATIENCE_MS });
  assertThrows(() => SharedMemory.from(received!.descriptors[0]!), Deno.errors.InvalidData, "it is a reader");
  assertThrows(() => SharedMemory.inherited(700), Deno.errors.BadResource, "not started with it");
  assertThrows(() => SharedMemory.inherited(-1), TypeError);
  for (const end of [a, b, reader, writer]) end.close();
});

test("a file is mapped as it is, an empty one is refused", () => {
  using dir = tempDir();
  const path = dir.join("file");
  Deno.writeTextFileSync(path, "hello");
  const take = () => new ReceivedDescriptor(open(path, O_RDWR));
  using memory = SharedMemory.from(take());
  assertEquals([memory.size, memory.sealed, memory.readOnly], [5, false, false]);
  new Uint8Array(memory.buffer)[0] = "j".charCodeAt(0);
  assertEquals(Deno.readTextFileSync(path), "jello");
  Deno.writeTextFileSync(dir.join("empty"), "");
  using empty = new ReceivedDescriptor(open(dir.join("empty"), O_RDWR));
  assertThrows(() => SharedMemory.from(empty), Deno.errors.InvalidData, "empty");
});

test("a descriptor that is open to read makes a handle that only reads", () => {
  using dir = tempDir();
  Deno.writeTextFileSync(dir.join("file"), "hello");
  using memory = SharedMemory.from(new ReceivedDescriptor(open(dir.join("file"), O_RDONLY)));
  const view = new Uint8Array(memory.buffer);
  view[0] = 0;
  assertEquals([memory.readOnly, view[1]], [true, "e".charCodeAt(0)]);
  assertEquals(Deno.readTextFileSync(dir.join("file")), "hello");
});

test("memory that another program made without a seal is sealed when it is received", async () => {
  const program = `
import os, socket, sys
fd = os.memfd_create("theirs", os.MFD_ALLOW_SEALING)
os.ftruncate(fd, 4096)
s = socket.socket(socket.AF_UNIX)
s.connect(sys.argv[1])
socket.send_fds(s, [b"x"], [fd])
s.recv(1)
try:
    os.ftruncate(fd, 0)
    print("cut short")
except PermissionError:
    print("sealed")
`;
  using dir = tempDir();
  await using listener = await listen(`unix:${dir.join("socket")}`);
  const python = spawn("python3", {
    args: ["-c", program, dir.join("socket")],
    stdout: "piped",
    stderr: "piped",
  });
  await using peer = await listener.accept({ timeout: PATIENCE_MS });
  using received = await receiveDescriptors(peer, { timeout: PATIENCE_MS });
  using theirs = SharedMemory.from(received!.descriptors[0]!);
  assertEquals([theirs.size, theirs.sealed], [4096, true]);
  await peer.write("x");
  assertEquals((await ended(python)).out, "sealed\n");
}, notOnLinux || skipUnless("python3"));

test("the memory of a process of another user cannot be had by its token", async () => {
  using memory = SharedMemory.create({ size: 8 });
  await using child = startChild("shared_memory", {
    args: ["add-as-nobody", JSON.stringify(memory.share()), "1"],
  });
  assertStringIncludes(await child.finished(), "PermissionDenied EACCES");
  assertEquals(word(memory), 0);
}, notOnLinux || skipIf(Deno.uid() !== 0, "only root can become another user"));

Deno.test({
  name: "memory that a child was to be given stays ours when the child does not start",
  ignore: notOnLinux,
  fn: () =>
    assertNoLeak(async () => {
      using memory = SharedMemory.create({ size: 8 });
      await assertRejects(
        async () => await spawn("/nonexistent/program", { fds: { 3: memory } }).status,
        Deno.errors.NotFound,
      );
      memory.close();
      assertThrows(() => spawn("true", { fds: { 3: memory } }), Deno.errors.BadResource, "closed");
    }),
});
