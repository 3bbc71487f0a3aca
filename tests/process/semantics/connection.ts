import { assertEquals, assertInstanceOf, assertRejects } from "@std/assert";
import { Connection, connectionPair, Listener, pipe, wait } from "../../../mod.ts";
import { errorOf } from "../../support/errors.ts";
import { startedWith } from "../../support/processes_of_ours.ts";
import { attempt, type Row } from "../../support/semantics.ts";
import { tempDir } from "../../support/temp.ts";

const MORE = new URL("../../children/process_semantics.ts", import.meta.url).href;

/** A pair that is closed at the end of the block. */
function pair(codec: "structured" | "bytes" = "structured", options: { maxMessageSize?: number } = {}) {
  const [a, b] = connectionPair({ codec, ...options });
  return { a, b, [Symbol.dispose]: () => [a, b].forEach((end) => end.close()) };
}

/** "Pipes", "Connection Objects", "Listeners and Clients", "Address Formats", "Authentication keys". */
export const CONNECTION: Row[] = [
  {
    id: "Pipe(duplex=True)",
    says: "It returns two connected ends, each of which can send and receive.",
    async ours() {
      using ends = pair();
      await ends.a.send("there");
      await ends.b.send("back");
      return [await ends.b.recv(), await ends.a.recv()];
    },
  },
  {
    id: "Pipe(duplex=False)",
    says: "The first end can only receive, the second only send.",
    async ours() {
      const { reader, writer } = pipe();
      await writer.write("bytes\n");
      writer.close();
      assertEquals(await reader.text(), "bytes\n");
      reader.close();
    },
    differs: "One way is pipe(), with a reader and a writer; Connection.over makes messages of two of them.",
  },
  {
    id: "Connection.send",
    says: "It sends an object, which has to be picklable.",
    async ours() {
      using ends = pair();
      const outcome = await attempt(() => ends.a.send(() => {}));
      await ends.a.send({ still: "usable" });
      assertEquals(await ends.b.recv(), { still: "usable" });
      return outcome;
    },
  },
  {
    id: "Connection.send: very large",
    says: "Very large objects, of some 32 MiB and more, may raise ValueError.",
    async ours() {
      using ends = pair("bytes", { maxMessageSize: 1000 });
      await assertRejects(() => ends.a.send(new Uint8Array(1001)), RangeError, "maxMessageSize is 1000");
    },
    differs:
      "The limit is known, the same for both directions, and an option: maxMessageSize, 64 MiB unless told.",
  },
  {
    id: "Connection.recv at the end",
    says: "It raises EOFError when there is nothing left and the other end was closed.",
    async ours() {
      using ends = pair();
      await ends.a.send(1);
      ends.a.close();
      const first = await ends.b.recv();
      const error = await errorOf(() => ends.b.recv());
      assertInstanceOf(error, Deno.errors.UnexpectedEof);
      return [first, "end"];
    },
  },
  {
    id: "Connection.poll",
    says: "Whether there is something to read, at once or within a time-out.",
    async ours() {
      using ends = pair();
      const outcome = [await ends.b.poll(), await ends.b.poll({ timeout: 1 })];
      await ends.a.send(1);
      outcome.push(await ends.b.poll({ timeout: 30_000 }), await ends.b.poll({ timeout: 30_000 }));
      return outcome;
    },
  },
  {
    id: "Connection.poll at the end",
    says: "An end is something to read, too.",
    async ours() {
      using ends = pair();
      ends.a.close();
      return await ends.b.poll({ timeout: 30_000 });
    },
  },
  {
    id: "Connection.send_bytes",
    says: "It sends bytes of a buffer as one message, or a part of them by offset and size.",
    async ours() {
      using ends = pair();
      await ends.a.sendBytes(new TextEncoder().encode("0123456789").subarray(2, 5));
      return new TextDecoder().decode(await ends.b.recvBytes());
    },
  },
  {
    id: "Connection.recv_bytes(maxlength)",
    says: "A message longer than maxlength raises OSError, and the connection cannot be read any more.",
    async ours() {
      await using listener = new Listener("tcp://127.0.0.1:0", { codec: "bytes", maxMessageSize: 10 });
      using client = await Connection.connect(await listener.ready, { codec: "bytes" });
      using server = await listener.accept();
      await client.send(new Uint8Array(10));
      assertEquals((await server.recv()).length, 10);
      await client.send(new Uint8Array(11));
      await assertRejects(() => server.recv(), Error, "maxMessageSize");
      await assertRejects(() => server.recv());
    },
    differs: "The limit belongs to the connection, and holds before any memory is taken for the message.",
  },
  {
    id: "Connection.recv_bytes_into",
    says: "It reads a message into a buffer; BufferTooShort has the message when that is too short.",
    async ours() {
      using ends = pair();
      await ends.a.sendBytes(new Uint8Array(10));
      const short = new Uint8Array(5);
      await assertRejects(() => ends.b.recvBytesInto(short), RangeError);
      assertEquals(await ends.b.recvBytesInto(new Uint8Array(20)), 10);
    },
    differs: "The message stays for the next receive, instead of travelling in an error.",
  },
  {
    id: "Connection.fileno",
    says: "The file descriptor of the connection.",
    differs:
      "A descriptor has one owner here; a connection is handed on as a whole, or its stream with spawn's fds.",
  },
  {
    id: "Connection pickled",
    says: "A connection can be an argument of a process, and be sent over another connection.",
    async ours() {
      const [mine, theirs] = connectionPair();
      await using process = startedWith({ entry: "answer", args: [theirs] }, MORE);
      await mine.send("x");
      assertEquals(await mine.recv(), ["x", process.pid]);
      mine.close();
      assertEquals(await process.join(), 0);
    },
  },
  {
    id: "Pipe: two readers",
    says: "Data may become corrupted when two processes read from the same end at the same time.",
    async ours() {
      const [mine, theirs] = connectionPair();
      await using process = startedWith({ entry: "answer", args: [theirs] }, MORE);
      await assertRejects(() => theirs.recv(), Deno.errors.BadResource, "handed to another process");
      mine.close();
      await process.join();
    },
    differs: "It cannot happen: an end moves, and is not usable any more where it was.",
  },
  {
    id: "Connection as context manager",
    says: "The with statement closes it.",
    async ours() {
      const [a, b] = connectionPair();
      {
        using _ = a;
      }
      assertEquals(a.closed, true);
      b.close();
      return await attempt(() => a.send(1));
    },
  },
  {
    id: "Listener.accept",
    says: "It accepts a connection, and raises AuthenticationError when a client does not know the key.",
    async ours() {
      const rejected: Error[] = [];
      await using listener = new Listener("tcp://127.0.0.1:0", {
        authKey: "right",
        onRejected: (error: Error) => void rejected.push(error),
      });
      const address = await listener.ready;
      assertEquals(await attempt(() => Connection.connect(address, { authKey: "wrong" })), "refused");
      using client = await Connection.connect(address, { authKey: "right" });
      using server = await listener.accept();
      await client.send(1);
      assertEquals([await server.recv(), rejected.length], [1, 1]);
    },
    differs: "accept() is not disturbed by a stranger, nor delayed: onRejected is told of it.",
  },
  {
    id: "Client",
    says: "It connects to a listener, with an authkey when it has one, and returns a connection.",
    async ours() {
      using dir = tempDir();
      const address = `unix:${dir.join("socket")}`;
      await using listener = new Listener(address, { authKey: "k" });
      await listener.ready;
      using client = await Connection.connect(address, { authKey: "k" });
      using server = await listener.accept();
      await server.send([2.25, null, "junk"]);
      return await client.recv();
    },
  },
  {
    id: "Client: wrong key",
    says: "It raises AuthenticationError when the keys differ.",
    async ours() {
      await using listener = new Listener("tcp://127.0.0.1:0", { authKey: "a" });
      const address = await listener.ready;
      await assertRejects(() => Connection.connect(address, { authKey: "b" }), Deno.errors.PermissionDenied);
    },
  },
  {
    id: "Listener.address, last_accepted",
    says: "The address that it listens at, and where the last accepted connection came from.",
    async ours() {
      await using listener = new Listener("tcp://127.0.0.1:0");
      assertEquals(/^tcp:\/\/127\.0\.0\.1:\d+$/.test(await listener.ready), true);
    },
    differs:
      "A connection is not kept by the listener that accepted it; peerCredentials tell who is behind a Unix socket.",
  },
  {
    id: "Listener.close",
    says: "It closes the bound socket, also when the listener is collected; a Unix socket's file is removed.",
    async ours() {
      using dir = tempDir();
      const listener = new Listener(`unix:${dir.join("socket")}`);
      await listener.ready;
      const during = [...Deno.readDirSync(dir.path)].length;
      listener.close();
      return [during, [...Deno.readDirSync(dir.path)].length];
    },
  },
  {
    id: "connection.wait",
    says:
      "It waits until one of several is ready, and returns the list of those; a list of none after a time-out.",
    async ours() {
      using first = pair();
      using second = pair();
      const none = await wait([first.b, second.b], { timeout: 1 }).catch((error) => {
        assertInstanceOf(error, Deno.errors.TimedOut);
        return [];
      });
      await second.a.send(1);
      const ready = await wait([first.b, second.b], { timeout: 30_000 });
      return [none.length, ready.map((connection) => connection === second.b)];
    },
  },
  {
    id: "connection.wait at the end",
    says: "A connection whose other end was closed is ready.",
    async ours() {
      using first = pair();
      using second = pair();
      first.a.close();
      return (await wait([first.b, second.b], { timeout: 30_000 })).length;
    },
  },
  {
    id: "connection.wait: other objects",
    says: "It waits for sockets, pipes and sentinels of processes as well.",
    differs: "It is for connections; the others have promises, for Promise.race.",
  },
  {
    id: "Address formats",
    says: "An address is a pair of host name and port, a path, or the name of a named pipe.",
    differs:
      'It is a URL-like text: "tcp://host:port", "unix:/path", "unix:@abstract"; there are no pipes of Windows.',
  },
  {
    id: "Authentication keys",
    says: "The key is never sent: both sides prove to know it by HMAC digests of random messages.",
    differs: "The wire is Python's, to the byte; tests/interop talks to its versions in both roles.",
  },
];
