import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { datagram, type DatagramAddress, type DatagramOptions, type DatagramSocket } from "../../mod.ts";
import { pattern } from "../support/content.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { assertFails } from "../support/errors.ts";
import { skipIf } from "../support/skip.ts";
import { tempDir, uniqueName } from "../support/temp.ts";
import { stillWaits } from "../support/waiting.ts";
import { PATIENCE_MS, until, within } from "../support/watchdog.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (text: string) => new TextEncoder().encode(text);
const patience = { timeout: PATIENCE_MS };

function test(name: string, body: (folder: string) => Promise<void>, ignore = false): void {
  Deno.test({
    name,
    ignore,
    fn: async () => {
      using folder = tempDir();
      await assertNoLeak(() => within(PATIENCE_MS, name, () => body(folder.path)));
    },
  });
}

const WAYS: Record<string, (folder: string, name: string) => DatagramAddress> = {
  "udp": () => "udp://127.0.0.1:0",
  "unix": (folder, name) => `unixgram:${folder}/${name}`,
  "abstract": () => `unixgram:@${uniqueName()}`,
  "chosen by the system": () => "unixgram:",
};

/** A test of what every datagram socket promises. */
function testDatagrams(promise: string, body: (a: DatagramSocket, b: DatagramSocket) => Promise<void>): void {
  for (const [way, address] of Object.entries(WAYS)) {
    test(`${promise} (${way})`, async (folder) => {
      using a = await datagram(address(folder, "a"));
      using b = await datagram(address(folder, "b"));
      await body(a, b);
    });
  }
}

testDatagrams("datagrams arrive whole, in order, and tell their sender", async (a, b) => {
  for (const message of ["one", "", "three".repeat(1000)]) await a.send(bytes(message), b.address);
  for (const message of ["one", "", "three".repeat(1000)]) {
    const { bytes, from } = await b.receive(patience);
    assertEquals(text(bytes), message);
    assertEquals(from, a.addr);
  }
  await b.send(bytes("answer"), a.addr);
  assertEquals(text((await a.receive(patience)).bytes), "answer");
});

testDatagrams("receive() waits, and what it gave up on is the next one's", async (a, b) => {
  const receiving = b.receive();
  assert(await stillWaits(receiving));
  await a.send(bytes("x"), b.addr);
  assertEquals(text((await receiving).bytes), "x");
  await assertRejects(() => b.receive({ timeout: 5 }), Deno.errors.TimedOut, "nothing came within 5 ms");
  const controller = new AbortController();
  const aborted = b.receive({ signal: controller.signal });
  controller.abort(new Error("enough"));
  await assertRejects(() => aborted, Error, "enough");
  await a.send(bytes("y"), b.addr);
  assertEquals(text((await b.receive(patience)).bytes), "y");
});

testDatagrams("several receive() calls at once each get one", async (a, b) => {
  const receiving = [b.receive(), b.receive(), b.receive()];
  for (const message of ["1", "2", "3"]) await a.send(bytes(message), b.addr);
  const got = (await Promise.all(receiving)).map(({ bytes }) => text(bytes));
  assertEquals(got, ["1", "2", "3"]);
});

testDatagrams("the loop gives each datagram until close()", async (a, b) => {
  const got: string[] = [];
  const looping = (async () => {
    for await (const { bytes } of b) got.push(text(bytes));
  })();
  await a.send(bytes("1"), b.addr);
  await a.send(bytes("2"), b.addr);
  await until("both to come", () => got.length === 2);
  const receiving = assertRejects(() => a.receive(), Deno.errors.BadResource);
  a.close();
  b.close();
  b.close();
  await Promise.all([looping, receiving]);
  assertEquals([got.join(), b.closed], ["1,2", true]);
  await assertRejects(() => b.receive(), Deno.errors.BadResource, "closed");
  await assertRejects(() => b.send(bytes("x"), b.addr), Deno.errors.BadResource, "closed");
});

testDatagrams("what cannot be sent is refused, and the socket goes on", async (a, b) => {
  await assertRejects(() => a.send(new Uint8Array(10_000_000), b.addr), RangeError, "too long");
  await assertRejects(() => a.send("text" as unknown as Uint8Array, b.addr), TypeError, "Uint8Array");
  const other = a.address.startsWith("udp:") ? "unixgram:/tmp/x" : "udp://127.0.0.1:1";
  await assertRejects(() => a.send(bytes("x"), other), TypeError, "this socket sends to");
  await a.send(bytes("x"), b.addr);
  assertEquals(text((await b.receive(patience)).bytes), "x");
});

test("a Unix datagram socket's file has mode 600, and close() removes it", async (folder) => {
  const path = `${folder}/socket`;
  const socket = await datagram(`unixgram:${path}`);
  assertEquals(Deno.lstatSync(path).mode! & 0o777, 0o600);
  await assertFails(() => datagram(`unixgram:${path}`), {
    type: Deno.errors.AddrInUse,
    code: "EADDRINUSE",
    syscall: "bind",
    path,
  });
  socket.close();
  assertEquals([...Deno.readDirSync(folder)], []);
});

test("a Unix datagram of 200,000 bytes arrives whole", async (folder) => {
  using receiver = await datagram(`unixgram:${folder}/socket`);
  using sender = await datagram("unixgram:");
  const sent = pattern(200_000);
  await sender.send(sent, receiver.addr);
  assertEquals((await receiver.receive(patience)).bytes, sent);
});

test("a send() waits while a Unix receiver's queue is full, and none is dropped", async (folder) => {
  using receiver = await datagram(`unixgram:${folder}/socket`);
  using sender = await datagram("unixgram:");
  let sent = 0;
  let sending: Promise<void>;
  do {
    sending = sender.send(bytes(`${sent++}`), receiver.addr);
  } while (!await stillWaits(sending, 20));
  await assertRejects(
    () => sender.send(bytes("never"), receiver.addr, { timeout: 20 }),
    Deno.errors.TimedOut,
    "its queue was full within 20 ms",
  );
  for (let i = 0; i < sent; i++) assertEquals(text((await receiver.receive(patience)).bytes), `${i}`);
  await sending;
  assertEquals(receiver.dropped, 0);
});

test("a send() to nobody says so", async (folder) => {
  using sender = await datagram("unixgram:");
  const path = `${folder}/socket`;
  const attempt = { syscall: "sendto", path };
  await assertFails(() => sender.send(bytes("x"), `unixgram:${path}`), {
    type: Deno.errors.NotFound,
    code: "ENOENT",
    ...attempt,
  });
  const receiver = await datagram(`unixgram:${path}`);
  Deno.linkSync(path, `${path}.kept`);
  receiver.close();
  await assertFails(() => sender.send(bytes("x"), `unixgram:${path}.kept`), {
    type: Deno.errors.ConnectionRefused,
    code: "ECONNREFUSED",
    syscall: "sendto",
    path: `${path}.kept`,
  });
  using udp = await datagram("udp://127.0.0.1:0");
  await udp.send(bytes("into the void"), "udp://127.0.0.1:9");
  await assertRejects(() => udp.send(bytes("x"), "udp://no-such-host.invalid:9"), Deno.errors.NotFound);
});

test("UDP datagrams over the queue's limit are dropped, and counted", async () => {
  using receiver = await datagram("udp://127.0.0.1:0", { queue: 3 });
  using sender = await datagram("udp://127.0.0.1:0");
  for (let i = 0; i < 10; i++) await sender.send(bytes(`${i}`), receiver.addr);
  await until("all to come", () => receiver.dropped === 7);
  for (let i = 0; i < 3; i++) assertEquals(text((await receiver.receive(patience)).bytes), `${i}`);
  await sender.send(bytes("again"), receiver.addr);
  assertEquals(text((await receiver.receive(patience)).bytes), "again");
});

test("UDP over IPv6", async () => {
  using a = await datagram("udp://[::1]:0");
  using b = await datagram("udp://[::1]:0");
  await a.send(bytes("six"), b.address);
  const { bytes: got, from } = await b.receive(patience);
  assertEquals([text(got), from], ["six", a.addr]);
}, skipIf(!Deno.networkInterfaces().some(({ address }) => address === "::1"), "this machine has no IPv6"));

test("a UDP port in use is AddrInUse", async () => {
  using socket = await datagram("udp://127.0.0.1:0");
  await assertFails(() => datagram(socket.address), {
    type: Deno.errors.AddrInUse,
    code: "EADDRINUSE",
    syscall: "bind",
  });
});

test("a broadcast needs the option broadcast, and its error says so", async () => {
  using narrow = await datagram("udp://0.0.0.0:0");
  const send = (socket: DatagramSocket) => socket.send(bytes("all"), "udp://127.255.255.255:50008");
  await assertRejects(() => send(narrow), Error, "needs the option broadcast");
  using wide = await datagram("udp://0.0.0.0:0", { broadcast: true });
  await send(wide);
});

test("members of a multicast group get what is sent to it, until they leave", async () => {
  const group = "239.255.50.8";
  const options: DatagramOptions = { reuseAddress: true, multicastInterface: "127.0.0.1", multicastTtl: 1 };
  using first = await datagram("udp://0.0.0.0:0", options);
  const { port } = first.addr as { port: number };
  using second = await datagram(`udp://0.0.0.0:${port}`, options);
  for (const member of [first, second]) member.join(group, { interface: "127.0.0.1" });
  await first.send(bytes("to all"), { hostname: group, port });
  for (const member of [first, second]) assertEquals(text((await member.receive(patience)).bytes), "to all");
  for (const member of [first, second]) member.leave(group, { interface: "127.0.0.1" });
  await first.send(bytes("to nobody"), { hostname: group, port });
  for (const member of [first, second]) {
    await assertRejects(() => member.receive({ timeout: 50 }), Deno.errors.TimedOut);
  }
}, skipIf(Deno.build.os !== "linux", "multicast on the loopback interface is tested on Linux"));

const network = Deno.networkInterfaces()
  .find(({ family, address }) => family === "IPv4" && !address.startsWith("127."))?.address;

test("multicastLoopback says whether this machine gets what it sends", async () => {
  const group = "239.255.50.8";
  const options = { multicastInterface: network, reuseAddress: true };
  using member = await datagram("udp://0.0.0.0:0", options);
  member.join(group, { interface: network });
  const { port } = member.addr as { port: number };
  using silent = await datagram("udp://0.0.0.0:0", { ...options, multicastLoopback: false });
  using heard = await datagram("udp://0.0.0.0:0", options);
  await silent.send(bytes("not here"), { hostname: group, port });
  await heard.send(bytes("here"), { hostname: group, port });
  assertEquals(text((await member.receive(patience)).bytes), "here");
}, skipIf(network === undefined, "this machine has no network interface but the loopback"));

test("a group that is none is refused, and a Unix socket has no groups", async () => {
  using socket = await datagram("udp://127.0.0.1:0");
  assertThrows(() => socket.join("127.0.0.1"));
  assertThrows(() => socket.leave("239.255.50.8"));
  using unix = await datagram("unixgram:");
  assertThrows(() => unix.join("239.255.50.8"), Deno.errors.NotSupported, "only UDP");
});

test("malformed options are refused by name", async () => {
  const wrong = (options: object) => () => datagram("udp://127.0.0.1:0", options);
  await assertRejects(wrong({ queue: 0 }), RangeError, "queue");
  await assertRejects(wrong({ multicastTtl: 256 }), RangeError, "multicastTtl");
  await assertRejects(wrong({ mode: 0o1777 }), RangeError, "mode");
});
