import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { socketAddress } from "../../lib/ffi/socket_address.ts";
import { addressText, datagramAddress, streamAddress } from "../../lib/primitives/address.ts";
import { connect, datagram, type DatagramAddress, listen, type SocketAddress } from "../../mod.ts";

const WELL_FORMED: [address: SocketAddress, text: string, parts: object][] = [
  ["tcp://127.0.0.1:50008", "tcp://127.0.0.1:50008", {
    transport: "tcp",
    hostname: "127.0.0.1",
    port: 50008,
  }],
  ["tcp://localhost:0", "tcp://localhost:0", { transport: "tcp", hostname: "localhost", port: 0 }],
  ["tcp://[::1]:65535", "tcp://[::1]:65535", { transport: "tcp", hostname: "::1", port: 65535 }],
  ["tcp://[fe80::1%lo]:1", "tcp://[fe80::1%lo]:1", { transport: "tcp", hostname: "fe80::1%lo", port: 1 }],
  ["unix:/tmp/a b", "unix:/tmp/a b", { transport: "unix", path: "/tmp/a b" }],
  ["unix:relative", "unix:relative", { transport: "unix", path: "relative" }],
  ["unix:@name", "unix:@name", { transport: "unix", path: "\0name" }],
  [{ port: 1 }, "tcp://:1", { transport: "tcp", hostname: undefined, port: 1 }],
  [{ hostname: "::1", port: 1 }, "tcp://[::1]:1", { transport: "tcp", hostname: "::1", port: 1 }],
  [{ hostname: "[::1]", port: 1 }, "tcp://[::1]:1", { transport: "tcp", hostname: "::1", port: 1 }],
  [{ transport: "unix", path: "/a" }, "unix:/a", { transport: "unix", path: "/a" }],
  [{ transport: "unix", path: "\0a" }, "unix:@a", { transport: "unix", path: "\0a" }],
  [{ transport: "unix", path: "@a" }, "unix:@a", { transport: "unix", path: "@a" }],
];

for (const [address, text, parts] of WELL_FORMED) {
  Deno.test(`the address ${Deno.inspect(address)} is understood`, () => {
    const parsed = streamAddress(address);
    assertEquals({ ...parsed }, parts as typeof parsed);
    assertEquals(addressText(parsed), text);
  });
}

const MALFORMED: unknown[] = [
  "",
  "127.0.0.1:80",
  "http://127.0.0.1:80",
  "tcp:127.0.0.1:80",
  "tcp://127.0.0.1",
  "tcp://127.0.0.1:",
  "tcp://:80",
  "tcp://::1:80",
  "tcp://[::1]",
  "tcp://a:b",
  "tcp://a:80/path",
  "tcp://user@a:80",
  "tcp://a b:80",
  "tcp://a:65536",
  "tcp://a:-1",
  "tcp://a:1e3",
  "unix:",
  "unix:@",
  "unix://host/path",
  "unix:/a\0b",
  "unix:/\ud800",
  "udp://a:1",
  null,
  undefined,
  80,
  [],
  {},
  { port: "80" },
  { port: 1.5 },
  { port: 65536 },
  { port: 80, hostname: 5 },
  { port: 80, hostname: "" },
  { transport: "unix" },
  { transport: "unix", path: "" },
  { transport: "udp", port: 80 },
];

for (const address of MALFORMED) {
  Deno.test(`the address ${Deno.inspect(address)} is a TypeError that shows the right forms`, async () => {
    for (const call of [listen, connect]) {
      const error = await assertRejects(() => call(address as SocketAddress) as Promise<unknown>, TypeError);
      for (const form of ["tcp://127.0.0.1:50008", "tcp://[::1]:0", "unix:/path", "unix:@abstract"]) {
        assertStringIncludes(error.message, form);
      }
    }
  });
}

Deno.test("a malformed datagram address is a TypeError that shows the right forms", async () => {
  for (const address of ["tcp://a:1", "udp://a", "unixgram:@", { transport: "unix", path: "/a" }, null]) {
    const error = await assertRejects(() => datagram(address as DatagramAddress), TypeError);
    for (const form of ["udp://127.0.0.1:50008", "unixgram:/path"]) assertStringIncludes(error.message, form);
  }
  assertEquals(addressText(datagramAddress("unixgram:@a")), "unixgram:@a");
});

Deno.test("a path that the kernel cannot hold is a RangeError that says so", async () => {
  const longest = Deno.build.os === "darwin" ? 103 : 107;
  const fits = "/tmp/".padEnd(longest, "x");
  assertEquals(addressText(streamAddress(`unix:${fits}`)), `unix:${fits}`);
  // Bytes count, and not letters.
  for (const path of [fits + "x", "/tmp/".padEnd(longest - 1, "x") + "é"]) {
    for (const call of [listen, connect]) {
      const error = await assertRejects(() => call(`unix:${path}`) as Promise<unknown>, RangeError);
      assertStringIncludes(
        error.message,
        `it has ${longest + 1} bytes, and the kernel takes at most ${longest}`,
      );
    }
  }
});

Deno.test("the kernel's IPv6 addresses become the text of RFC 5952", () => {
  const texts = [
    "::",
    "::1",
    "fe80::1:2:3:4",
    "1:0:0:2::3",
    "1:2:3:4:5:6:7:0",
    "1:2:3:4:5:6::",
    "100:0:0:1::1",
  ];
  for (const text of texts) {
    const [left, right] = text.split("::").map((part) => part === "" ? [] : part.split(":"));
    const zeros = right === undefined ? [] : new Array(8 - left!.length - right.length).fill("0");
    const bytes = new DataView(new ArrayBuffer(28));
    bytes.setUint16(0, 10, true);
    bytes.setUint16(2, 50008);
    [...left!, ...zeros, ...right ?? []].forEach((group, i) =>
      bytes.setUint16(8 + 2 * i, parseInt(group, 16))
    );
    const address = socketAddress(new Uint8Array(bytes.buffer));
    assert(address !== undefined && "hostname" in address);
    assertEquals(address, { hostname: text, port: 50008 });
  }
});
