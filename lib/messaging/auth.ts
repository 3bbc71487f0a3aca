/**
 * The handshake of Python's multiprocessing.connection, after CPython's Lib/multiprocessing/connection.py: each
 * side proves that it knows the key, without sending it.
 */

import { timedOut } from "../errors.ts";
import { countOf, timeoutOf, type WaitOptions } from "../options.ts";
import { builtin } from "../primitives/builtin.ts";
import { notAuthentic } from "./message_error.ts";

/** How two sides of a connection prove that they know the same key. */
export interface AuthOptions {
  /**
   * The key that both sides know, text as UTF-8. Without one there is no handshake: whoever can connect, is
   * connected. It keeps strangers out; it does not encrypt what is sent.
   */
  authKey?: string | Uint8Array | undefined;
  /** How many milliseconds the whole handshake may take. Default: 5000. */
  handshakeTimeout?: number | undefined;
  /**
   * Also accept the handshake of Python up to 3.11, which proves the key by HMAC-MD5. Default: false.
   */
  allowLegacyAuth?: boolean | undefined;
}

/** Which side: the listener challenges first. */
export type Role = "listener" | "client";

/** Whole messages, as the handshake needs them. */
interface Messenger {
  sendBytes(bytes: Uint8Array, options: WaitOptions): Promise<void>;
  recvBytes(options: WaitOptions): Promise<Uint8Array>;
}

/** The largest message of a handshake. */
export const MOST_IN_HANDSHAKE = 256;

const encoder = new TextEncoder();
const CHALLENGE = encoder.encode("#CHALLENGE#");
const WELCOME = encoder.encode("#WELCOME#");
const FAILURE = encoder.encode("#FAILURE#");

/** A challenge of so many bytes comes from Python up to 3.11, and has an answer of so many bytes. */
const LEGACY_CHALLENGE = 20;
const LEGACY_ANSWER = 16;

/** The digest of our challenges, and how many random bytes are in them. */
const OURS = "sha256";
const RANDOM = 40;

/** The digests by Python's names, with OpenSSL's names for them. */
const DIGESTS: Readonly<Record<string, string>> = {
  md5: "md5",
  sha256: "sha256",
  sha384: "sha384",
  sha3_256: "sha3-256",
  sha3_384: "sha3-384",
};

/** Checks the options, without looking at the other side. */
export function checkAuth(options: AuthOptions): void {
  const { authKey, handshakeTimeout } = options;
  if (handshakeTimeout !== undefined) timeoutOf({ timeout: handshakeTimeout });
  if (authKey === undefined) return;
  if (typeof authKey !== "string" && !(authKey instanceof Uint8Array)) {
    throw new TypeError("The option authKey takes a string or a Uint8Array");
  }
  countOf("authKey (its length)", authKey.length, 1);
}

/**
 * Proves the key to the other side, and has it prove the key.
 *
 * @param name What is connected to, for messages.
 * @throws {Deno.errors.PermissionDenied} It does not know the key, or has another handshake
 * @throws {Deno.errors.TimedOut} It was not done in time
 */
export async function authenticate(
  wire: Messenger,
  role: Role,
  name: string,
  options: AuthOptions & { signal?: AbortSignal | undefined },
): Promise<void> {
  const { timeout = 5000 } = { timeout: options.handshakeTimeout };
  const { createHmac, timingSafeEqual } = builtin("node:crypto");
  const key = typeof options.authKey === "string" ? encoder.encode(options.authKey) : options.authKey!;
  const handshake = new Handshake(wire, {
    action: `Cannot authenticate with ${name}`,
    end: performance.now() + timeout,
    signal: options.signal,
    legacy: options.allowLegacyAuth === true,
    mac: (digest, message) => createHmac(DIGESTS[digest]!, key).update(message).digest(),
    equal: timingSafeEqual,
  });
  try {
    if (role === "listener") {
      await handshake.challenge();
      await handshake.answer();
    } else {
      await handshake.answer();
      await handshake.challenge();
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.TimedOut)) throw error;
    throw timedOut(`Cannot authenticate with ${name}`, "the handshake was not done", timeout);
  }
}

interface Means {
  action: string;
  /** When it must be done. */
  end: number;
  signal: AbortSignal | undefined;
  /** Whether MD5 is allowed. */
  legacy: boolean;
  mac(digest: string, message: Uint8Array): Uint8Array;
  equal(a: Uint8Array, b: Uint8Array): boolean;
}

class Handshake {
  readonly #wire: Messenger;
  readonly #means: Means;
  /** What the other side showed itself to be. It cannot become the other thing halfway, to get a weaker digest. */
  #peer: "modern" | "legacy" | undefined;

  constructor(wire: Messenger, means: Means) {
    this.#wire = wire;
    this.#means = means;
  }

  /** Has the other side prove the key. */
  async challenge(): Promise<void> {
    const random = crypto.getRandomValues(new Uint8Array(RANDOM));
    const message = joined(encoder.encode(`{${OURS}}`), random);
    await this.#send(joined(CHALLENGE, message));
    const answer = await this.#receive();
    try {
      this.#verify(message, answer);
    } catch (error) {
      await this.#send(FAILURE).catch(() => {}); // That it did not prove the key is the thing to tell.
      throw error;
    }
    await this.#send(WELCOME);
  }

  /** Proves the key to the other side. */
  async answer(): Promise<void> {
    const frame = await this.#receive();
    if (!startsWith(frame, CHALLENGE)) throw this.#error("it sent something else than a challenge");
    const message = frame.slice(CHALLENGE.length);
    if (message.length < LEGACY_CHALLENGE) throw this.#error("its challenge is too short");
    if (message.length === LEGACY_CHALLENGE) {
      this.#mustBe("legacy");
      await this.#send(this.#means.mac("md5", message));
    } else {
      const { digest } = this.#parse(message, "challenge");
      this.#mustBe("modern");
      await this.#send(joined(encoder.encode(`{${digest}}`), this.#means.mac(digest, message)));
    }
    const verdict = await this.#receive();
    if (isSame(verdict, WELCOME)) return;
    if (isSame(verdict, FAILURE)) throw this.#error("it refuses our answer: the keys differ");
    throw this.#error("it sent something else than a verdict");
  }

  #verify(message: Uint8Array, answer: Uint8Array): void {
    let digest = "md5";
    let proof = answer;
    if (answer.length === LEGACY_ANSWER) this.#mustBe("legacy");
    else {
      ({ digest, rest: proof } = this.#parse(answer, "answer"));
      this.#mustBe("modern");
    }
    const expected = this.#means.mac(digest, message);
    if (expected.length !== proof.length || !this.#means.equal(expected, proof)) {
      throw this.#error("its answer is wrong: the keys differ");
    }
  }

  /** Takes the digest's name off. */
  #parse(message: Uint8Array, what: string): { digest: string; rest: Uint8Array } {
    const text = String.fromCharCode(...message.subarray(0, 16));
    const digest = text.match(/^\{(\w+)\}/)?.[1] ?? "";
    if (!Object.hasOwn(DIGESTS, digest)) throw this.#error(`its ${what} names no digest that is known`);
    if (digest === "md5" && !this.#means.legacy) {
      throw this.#error("it wants to use MD5, which only the option allowLegacyAuth allows");
    }
    return { digest, rest: message.slice(digest.length + 2) };
  }

  #mustBe(kind: "modern" | "legacy"): void {
    if (kind === "legacy" && !this.#means.legacy) {
      throw this.#error(
        "it has the MD5 handshake of Python up to 3.11, which only the option allowLegacyAuth allows",
      );
    }
    this.#peer ??= kind;
    if (this.#peer !== kind) {
      throw this.#error(`it began with the ${this.#peer} handshake, and went on otherwise`);
    }
  }

  async #receive(): Promise<Uint8Array> {
    try {
      return await this.#wire.recvBytes(this.#limits());
    } catch (error) {
      if (error instanceof Deno.errors.UnexpectedEof) throw this.#error("it closed the connection", error);
      throw error;
    }
  }

  async #send(message: Uint8Array): Promise<void> {
    await this.#wire.sendBytes(message, this.#limits());
  }

  #limits(): WaitOptions {
    return { timeout: Math.max(0, this.#means.end - performance.now()), signal: this.#means.signal };
  }

  #error(why: string, cause?: Error): Error {
    return notAuthentic(this.#means.action, why, cause);
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}

function startsWith(bytes: Uint8Array, start: Uint8Array): boolean {
  return bytes.length >= start.length && isSame(bytes.subarray(0, start.length), start);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
