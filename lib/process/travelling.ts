/**
 * How handles of this library travel to another process inside arguments and results: each kind has a stand-in of plain
 * data, and can send open descriptors along. The kinds register themselves (travellers.ts), so that a child's
 * bootstrap, which knows none, stays small.
 */

import { StandInCodec } from "../messaging/structured_codec.ts";
import type { Apart, WriterOptions } from "../messaging/structured_writer.ts";
import type { FileDescriptor } from "../primitives/file_descriptor.ts";
import type { ReceivedDescriptor } from "../primitives/received_descriptor.ts";

/** One kind of handle. */
interface Traveller<T extends object> {
  /** What the other side knows it by. */
  readonly kind: string;
  /** Its class. */
  // deno-lint-ignore no-explicit-any -- Classes with any constructor, private ones too.
  readonly Class: abstract new(...args: any[]) => T;
  /** The code with which a child's bootstrap loads what makes this known to it. */
  load(): string;
  /** Plain data that stands in for it. Descriptors to send along are given to `departure`. */
  leave(handle: T, departure: Departure): unknown;
  /** The handle, on the other side. */
  arrive(standIn: unknown, arrival: Arrival): T;
}

/** The descriptors that go with a message. */
interface Departure {
  /** Sends a copy along, and closes it then. Returns its place among the message's descriptors. */
  attach(copy: FileDescriptor): number;
  /** Is called when the message leaves: from then on the handle is the receiver's. */
  whenGone(give: () => void): void;
}

/** The descriptors that came with a message, each to be taken once. */
interface Arrival {
  take(place: unknown): ReceivedDescriptor;
}

/** Messages with descriptors over a Unix socket that waits in the kernel. */
interface DescriptorCalls {
  /** Sends what fits of the bytes, with the descriptors: how many bytes, or minus the errno. */
  send(fd: number, bytes: Uint8Array, copies: FileDescriptor[]): number;
  /** Receives bytes, and adds the descriptors that came with them: how many bytes, or minus the errno. */
  receive(fd: number, p: Uint8Array, came: ReceivedDescriptor[]): number;
}

let calls: DescriptorCalls | undefined;

/** Set where handles are known, and not before. */
export function knowDescriptors(known: DescriptorCalls): void {
  calls = known;
}

/** The calls, when a handle can have come. */
export function descriptorCalls(): DescriptorCalls | undefined {
  return calls;
}

const byKind = new Map<string, Traveller<object>>();
/** By the prototypes of their classes. */
const byPrototype = new Map<object, Traveller<object>>();

/** Makes a kind of handle able to travel. Once or often. */
export function register<T extends object>(traveller: Traveller<T>): void {
  byKind.set(traveller.kind, traveller as unknown as Traveller<object>);
  byPrototype.set(traveller.Class.prototype, traveller as unknown as Traveller<object>);
}

/** The kind of an object: of its class, or of the nearest one that it extends. */
function travellerOf(value: object): Traveller<object> | undefined {
  for (let prototype = Object.getPrototypeOf(value); prototype !== null;) {
    const traveller = byPrototype.get(prototype);
    if (traveller !== undefined) return traveller;
    prototype = Object.getPrototypeOf(prototype);
  }
  return undefined;
}

/** A message's bytes and what goes with them. */
export interface Packed {
  bytes: Uint8Array;
  /** Memory of the value that belongs between them. */
  apart: readonly Apart[];
  /** Copies of descriptors to send, to be closed then. */
  copies: FileDescriptor[];
  /** For each kind of handle in it: what a child has to load for it. */
  loads: string[];
  /** From now on the handles that move are the receiver's. */
  gone(): void;
  /** It is not sent. */
  stay(): void;
}

/** What goes with a message without handles. */
const NO_HANDLES = { copies: [], loads: [], gone() {}, stay() {} };

/** Encodes values with the handles in them. */
export class Packer {
  readonly #others: ((value: object) => unknown) | undefined;
  readonly #codec: StandInCodec;
  #copies: FileDescriptor[] = [];
  #gone: (() => void)[] = [];
  #kinds = new Set<Traveller<object>>();

  /**
   * @param others What travels for values that are no handles of this library.
   */
  constructor(others?: (value: object) => unknown, options?: Omit<WriterOptions, "standIn">) {
    this.#others = others;
    const departure: Departure = {
      attach: (copy) => this.#copies.push(copy) - 1,
      whenGone: (give) => void this.#gone.push(give),
    };
    const make = (value: object) => {
      const traveller = travellerOf(value);
      if (traveller === undefined) return others?.(value);
      this.#kinds.add(traveller);
      return { kind: traveller.kind, standIn: traveller.leave(value, departure) };
    };
    this.#codec = new StandInCodec({ make, resolve: noHandles }, options);
  }

  /**
   * The bytes of a value, good until the next call.
   *
   * @throws {TypeError} Something in it cannot be carried; the message has the path
   */
  pack(value: unknown): Packed {
    if (this.#codec.busy) return new Packer(this.#others).pack(value); // A getter sends something itself.
    let bytes;
    try {
      bytes = this.#codec.encode(value);
    } catch (error) {
      this.#handles()?.stay();
      throw error;
    }
    const handles = this.#handles() ?? NO_HANDLES;
    const { copies, loads, gone, stay } = handles;
    return { bytes, apart: this.#codec.apart, copies, loads, gone, stay };
  }

  /** The handles in the value that was just packed. */
  #handles(): Omit<Packed, "bytes" | "apart"> | undefined {
    if (this.#kinds.size === 0) return undefined;
    const [copies, gone] = [this.#copies, this.#gone];
    const loads = [...this.#kinds].map((traveller) => traveller.load());
    this.#copies = [];
    this.#gone = [];
    this.#kinds = new Set();
    return {
      copies,
      loads,
      gone: () => gone.forEach((give) => give()),
      stay: () => copies.forEach((copy) => copy.close()),
    };
  }
}

/** Decodes values with the handles in them. */
export class Unpacker {
  readonly #codec: StandInCodec;
  #came: ReceivedDescriptor[] = [];

  /** @param others What other stand-ins than those of handles stand for. */
  constructor(others?: (kind: string, standIn: unknown) => object) {
    const arrival: Arrival = {
      take: (place) => {
        const came = this.#came[place as number];
        if (came === undefined) throw new TypeError("A handle came without its descriptor");
        return came;
      },
    };
    const resolve = (standIn: unknown) => {
      const { kind, standIn: data } = (standIn ?? {}) as { kind: string; standIn: unknown };
      const traveller = byKind.get(kind);
      if (traveller !== undefined) return traveller.arrive(data, arrival);
      if (others !== undefined) return others(kind, data);
      throw new TypeError(`A handle of an unknown kind came: ${kind}`);
    };
    this.#codec = new StandInCodec({ make: () => undefined, resolve });
  }

  /** The value of a message. What came with it and nothing in it takes is closed. */
  unpack(bytes: Uint8Array<ArrayBuffer>, came: ReceivedDescriptor[]): unknown {
    this.#came = came;
    try {
      return this.#codec.decode(bytes);
    } finally {
      this.#came = [];
      for (const descriptor of came) descriptor.close(); // Nothing happens to one that was taken.
    }
  }
}

function noHandles(): never {
  throw new TypeError("Handles are unpacked with the descriptors that they came with");
}
