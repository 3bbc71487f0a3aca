/** The handshake against a test that plays the other side by hand, right and wrong. */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createHmac } from "node:crypto";
import { type AuthOptions, Connection, pipe } from "../../mod.ts";
import { pattern } from "../support/content.ts";
import { assertNoLeak } from "../support/descriptors.ts";
import { assertFails, errorOf } from "../support/errors.ts";
import { header, joined } from "../support/raw_wire.ts";
import { PATIENCE_MS, within } from "../support/watchdog.ts";

const KEY = "secret";

/** The other side: whole messages, by a connection without a handshake of its own. */
interface Other {
  say(message: Uint8Array | string): Promise<void>;
  hear(): Promise<Uint8Array>;
  connection: Connection;
}

/** Plays `other` against the handshake of ours, and returns what became of ours. */
async function play(
  role: "listener" | "client",
  options: AuthOptions,
  other: (side: Other) => Promise<void>,
): Promise<unknown> {
  let outcome: unknown;
  await assertNoLeak(() =>
    within(PATIENCE_MS, "a handshake", async () => {
      using there = pipe();
      using back = pipe();
      using connection = await Connection.over({ reader: back.reader, writer: there.writer }, {
        codec: "bytes",
      });
      const ours = Connection.over({ reader: there.reader, writer: back.writer }, {
        authKey: KEY,
        role,
        ...options,
      })
        .then((made) => {
          made.close();
          return "connected";
        }, (error) => error);
      await other({
        connection,
        say: (message) => connection.sendBytes(joined(message)),
        hear: () => connection.recvBytes(),
      });
      outcome = await ours;
    })
  );
  return outcome;
}

function hmac(digest: string, message: Uint8Array, key: string = KEY): Uint8Array {
  return createHmac(digest, key).update(message).digest();
}

/** Answers our challenge as Python does, and hears the verdict. */
async function answer(side: Other, how: (message: Uint8Array) => Uint8Array = modern): Promise<string> {
  const challenge = await side.hear();
  const text = new TextDecoder("latin1").decode(challenge);
  assert(text.startsWith("#CHALLENGE#{sha256}"), text);
  assertEquals(challenge.length, "#CHALLENGE#{sha256}".length + 40);
  await side.say(how(challenge.slice("#CHALLENGE#".length)));
  return new TextDecoder().decode(await side.hear());
}

function modern(message: Uint8Array): Uint8Array {
  return joined("{sha256}", hmac("sha256", message));
}

function legacy(message: Uint8Array): Uint8Array {
  return hmac("md5", message);
}

/** Challenges ours, and says whether its answer is right. */
async function challenge(
  side: Other,
  message: Uint8Array,
  right: (message: Uint8Array) => Uint8Array,
): Promise<void> {
  await side.say(joined("#CHALLENGE#", message));
  assertEquals(await side.hear(), new Uint8Array(right(message)));
  await side.say("#WELCOME#");
}

const RANDOM = pattern(40);
const MODERN = joined("{sha256}", RANDOM);
const LEGACY = RANDOM.slice(0, 20);

Deno.test("a listener challenges first, and then answers", async () => {
  const outcome = await play("listener", {}, async (side) => {
    assertEquals(await answer(side), "#WELCOME#");
    await challenge(side, MODERN, modern);
  });
  assertEquals(outcome, "connected");
});

Deno.test("a client answers first, and then challenges", async () => {
  const outcome = await play("client", {}, async (side) => {
    await challenge(side, MODERN, modern);
    assertEquals(await answer(side), "#WELCOME#");
  });
  assertEquals(outcome, "connected");
});

for (
  const [digest, name] of [["sha256", "sha256"], ["sha384", "sha384"], ["sha3_256", "sha3-256"], [
    "sha3_384",
    "sha3-384",
  ]]
) {
  Deno.test(`a challenge with ${digest} is answered with it, and an answer with it is taken`, async () => {
    const how = (message: Uint8Array) => joined(`{${digest}}`, hmac(name!, message));
    const outcome = await play("listener", {}, async (side) => {
      assertEquals(await answer(side, how), "#WELCOME#");
      await challenge(side, joined(`{${digest}}`, RANDOM), how);
    });
    assertEquals(outcome, "connected");
  });
}

for (const role of ["listener", "client"] as const) {
  const legacyPeer = async (side: Other) => {
    if (role === "listener") assertEquals(await answer(side, legacy), "#WELCOME#");
    await challenge(side, LEGACY, legacy);
    if (role === "client") assertEquals(await answer(side, legacy), "#WELCOME#");
  };

  Deno.test(`a ${role} with allowLegacyAuth speaks the handshake of Python up to 3.11`, async () => {
    assertEquals(await play(role, { allowLegacyAuth: true }, legacyPeer), "connected");
  });

  Deno.test(`a ${role} refuses that handshake without allowLegacyAuth, and names the option`, async () => {
    const error = await play(role, {}, async (side) => {
      if (role === "listener") assertEquals(await answer(side, legacy), "#FAILURE#");
      else await side.say(joined("#CHALLENGE#", LEGACY));
      await assertFails(() => side.hear(), { type: Deno.errors.UnexpectedEof, code: "EOF" });
    });
    assertRefused(error, "allowLegacyAuth");
  });

  Deno.test(`a ${role} with allowLegacyAuth does not let its other side change the handshake halfway`, async () => {
    const weaker = await play(role, { allowLegacyAuth: true }, async (side) => {
      if (role === "listener") {
        assertEquals(await answer(side), "#WELCOME#");
        await side.say(joined("#CHALLENGE#", LEGACY));
      } else {
        await challenge(side, MODERN, modern);
        assertEquals(await answer(side, legacy), "#FAILURE#");
      }
    });
    assertRefused(weaker, "began with the modern handshake");
  });

  Deno.test(`a ${role} uses MD5 under its modern name only with allowLegacyAuth`, async () => {
    const how = (message: Uint8Array) => joined("{md5}", hmac("md5", message));
    const peer = async (side: Other) => {
      if (role === "listener") await answer(side, how);
      await side.say(joined("#CHALLENGE#{md5}", RANDOM));
      await side.hear().catch(() => {});
      await side.say("#WELCOME#").catch(() => {});
      if (role === "client") await answer(side, how).catch(() => {});
    };
    assertRefused(await play(role, {}, (side) => peer(side).catch(() => {})), "allowLegacyAuth");
    assertEquals(await play(role, { allowLegacyAuth: true }, peer), "connected");
  });
}

const WRONG_ANSWERS: Record<string, (message: Uint8Array) => Uint8Array> = {
  "of another key": (message) => joined("{sha256}", hmac("sha256", message, "other")),
  "that is replayed": () => joined("{sha256}", hmac("sha256", joined("{sha256}", pattern(40)))),
  "without the digest's prefix in what is signed": (message) =>
    joined("{sha256}", hmac("sha256", message.slice(8))),
  "that is cut short": (message) => modern(message).slice(0, -1),
  "that is too long": (message) => joined(modern(message), "x"),
  "of a digest that nobody knows": (message) => joined("{sha1}", hmac("sha1", message)),
  "named after what every object has": () => joined("{constructor}", pattern(32)),
  "without a digest's name": () => pattern(40),
  "of no bytes": () => new Uint8Array(),
  "of 16 bytes that are not right": () => pattern(16),
};

for (const [what, how] of Object.entries(WRONG_ANSWERS)) {
  Deno.test(`an answer ${what} is a failure, and the connection is closed`, async () => {
    const error = await play("listener", { allowLegacyAuth: what.includes("16 bytes") }, async (side) => {
      assertEquals(await answer(side, how), "#FAILURE#");
      await assertFails(() => side.hear(), { type: Deno.errors.UnexpectedEof, code: "EOF" });
    });
    assertRefused(error);
  });
}

const WRONG_CHALLENGES: Record<string, Uint8Array> = {
  "is garbage": pattern(59),
  "is empty": new Uint8Array(),
  "has no message": joined("#CHALLENGE#"),
  "is shorter than 20 bytes": joined("#CHALLENGE#", pattern(19)),
  "names no digest": joined("#CHALLENGE#", pattern(40)),
  "names an unknown digest": joined("#CHALLENGE#{md4}", pattern(40)),
  "is our WELCOME": joined("#WELCOME#"),
};

for (const [what, message] of Object.entries(WRONG_CHALLENGES)) {
  Deno.test(`a challenge that ${what} is refused`, async () => {
    const error = await play("client", {}, async (side) => {
      await side.say(message);
      await assertFails(() => side.hear(), { type: Deno.errors.UnexpectedEof, code: "EOF" });
    });
    assertRefused(error);
  });
}

Deno.test("a verdict that is no WELCOME is refused", async () => {
  for (const [verdict, words] of [["#FAILURE#", "keys differ"], ["#WELCOME#!", "verdict"], ["", "verdict"]]) {
    const error = await play("client", {}, async (side) => {
      await side.say(joined("#CHALLENGE#", MODERN));
      await side.hear();
      await side.say(verdict!);
    });
    assertRefused(error, words);
  }
});

Deno.test("a message of more than 256 bytes ends a handshake", async () => {
  for (const role of ["listener", "client"] as const) {
    const error = await play(role, {}, async (side) => {
      await side.say(pattern(257));
      await side.hear().catch(() => {});
    });
    assert(error instanceof Deno.errors.InvalidData, `${error}`);
    assertStringIncludes(error.message, "257 bytes, and maxMessageSize is 256");
  }
});

Deno.test("an other side that leaves during the handshake is told of", async () => {
  const error = await play("client", {}, (side) => Promise.resolve(side.connection.close()));
  assertRefused(error, "closed the connection");
});

Deno.test("an other side that says nothing is given up after handshakeTimeout", async () => {
  for (const role of ["listener", "client"] as const) {
    const started = performance.now();
    const error = await play(role, { handshakeTimeout: 50 }, () => Promise.resolve());
    assert(error instanceof Deno.errors.TimedOut, `${error}`);
    assertStringIncludes(error.message, "within 50 ms");
    assert(performance.now() - started >= 49);
  }
});

Deno.test("an other side that sends byte by byte is given up after handshakeTimeout", async () => {
  let sent = 0;
  await within(PATIENCE_MS, "a slow handshake", async () => {
    const there = pipe();
    using back = pipe();
    using writer = there.writer;
    const ours = Connection.over(
      { reader: there.reader, writer: back.writer },
      { authKey: KEY, role: "client", handshakeTimeout: 200 },
    ).then(() => "connected", (error) => error);
    const wire = joined(header(59), "#CHALLENGE#", MODERN);
    const sending = (async () => {
      for (; sent < wire.length; sent++) {
        await writer.write(wire.subarray(sent, sent + 1));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    const error = await ours;
    assert(error instanceof Deno.errors.TimedOut, `${error}`);
    assert(await errorOf(() => sending) instanceof Deno.errors.BrokenPipe);
  });
  assert(sent > 1 && sent < 59);
});

Deno.test("bytes that come right behind the handshake are the first messages", async () => {
  using there = pipe();
  using back = pipe();
  const ours = Connection.over({ reader: there.reader, writer: back.writer }, {
    authKey: KEY,
    role: "client",
    codec: "text",
  });
  using other = await Connection.over({ reader: back.reader, writer: there.writer }, { codec: "bytes" });
  await other.sendBytes(joined("#CHALLENGE#", MODERN));
  await other.recvBytes();
  await other.sendBytes(joined("#WELCOME#"));
  const message = (await other.recvBytes()).slice("#CHALLENGE#".length);
  const large = pattern(1000);
  const last = [other.sendBytes(modern(message)), other.sendBytes(joined("first")), other.sendBytes(large)];
  using connection = await ours;
  assertEquals(await connection.recv(), "first");
  assertEquals(await connection.recvBytes(), large);
  await Promise.all(last);
});

Deno.test("an empty authKey, one of a wrong type, and one without a role are mistakes", async () => {
  using ends = pipe();
  for (
    const [options, type] of [
      [{ authKey: "", role: "client" }, RangeError],
      [{ authKey: new Uint8Array(), role: "client" }, RangeError],
      [{ authKey: 5 as unknown as string, role: "client" }, TypeError],
      [{ authKey: KEY }, TypeError],
      [{ handshakeTimeout: -1 }, RangeError],
    ] as const
  ) {
    await assertFails(() => Connection.over(ends, options), { type });
  }
});

Deno.test("the two halves of our handshake fit each other, with a key of text and the same of bytes", async () => {
  using there = pipe();
  using back = pipe();
  const key = "pässword";
  const [a, b] = await Promise.all([
    Connection.over({ reader: back.reader, writer: there.writer }, { authKey: key, role: "client" }),
    Connection.over({ reader: there.reader, writer: back.writer }, {
      authKey: joined(key),
      role: "listener",
    }),
  ]);
  await a.send(1);
  assertEquals(await b.recv(), 1);
});

function assertRefused(error: unknown, words = ""): void {
  assert(error instanceof Deno.errors.PermissionDenied, `${error}`);
  assertEquals((error as Error & { code: string }).code, "EACCES");
  assertStringIncludes(error.message, "Cannot authenticate with ");
  assertStringIncludes(error.message, words);
}
