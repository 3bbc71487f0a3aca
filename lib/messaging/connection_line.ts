import { notOurs, systemError } from "../errors.ts";
import { countOf } from "../options.ts";
import { addressText } from "../primitives/address.ts";
import type { ByteStream } from "../primitives/byte_stream.ts";
import { SocketStream } from "../primitives/socket_stream.ts";

/** What a connection can carry messages over: a stream, or a reader and a writer such as the ends of two pipes. */
export type Transport =
  | ByteStream
  | {
    /** Where messages of the other side come out. */
    reader: Pick<ByteStream, "read" | "tryRead" | "close">;
    /** Where messages for the other side go in. */
    writer: Pick<ByteStream, "write" | "tryWrite" | "close">;
  };

/** Where bytes come from and go to. */
type Ends = Extract<Transport, { reader: unknown }>;

const LARGEST = 64 * 1024 * 1024;

/** What a line is closed because of when its owner closed it. */
export const CLOSED = "it is closed";

/** What both directions of a connection share: the transport, what errors call it, and why it is closed if it is. */
export class ConnectionLine {
  readonly reader: Ends["reader"];
  readonly writer: Ends["writer"];
  /** What errors call it. */
  readonly name: string;
  /** The largest message in bytes. */
  readonly limit: number;
  /** Why nothing is to be sent or received any more. The line itself is open until {@linkcode ConnectionLine.close}. */
  closedBecause: string | undefined;
  readonly #transport: Transport;

  constructor(transport: Transport, name: string, options: { maxMessageSize?: number | undefined }) {
    const { reader, writer } = endsOf(transport);
    this.reader = reader;
    this.writer = writer;
    this.name = name;
    this.limit = limitOf(options);
    this.#transport = transport;
  }

  /** The socket that it is, if it is one. */
  get stream(): SocketStream | undefined {
    return this.#transport instanceof SocketStream ? this.#transport : undefined;
  }

  /**
   * The Unix socket that handles can travel in.
   *
   * @throws {Deno.errors.NotSupported} It is none
   */
  unixStream(verb: string): SocketStream {
    const { stream } = this;
    if (stream?.remoteAddr.transport === "unix") return stream;
    const reason = "only Unix sockets carry them";
    throw systemError("EOPNOTSUPP", { action: this.cannot(verb), syscall: "sendmsg", reason });
  }

  /** Closes the transport. */
  close(): void {
    this.reader.close();
    if (this.writer !== this.reader) this.writer.close();
    // What is more than its ends, such as the names of two fifos, has more to close.
    (this.#transport as Partial<ByteStream>).close?.();
  }

  /** Waits until the ends, which are closed, have given up all they had. */
  async whenClosed(): Promise<void> {
    for (const end of new Set([this.reader, this.writer])) {
      await (end as Partial<AsyncDisposable>)[Symbol.asyncDispose]?.();
    }
  }

  /** The error for a use after it was closed. */
  notOurs(verb: string): Deno.errors.BadResource {
    return notOurs(this.cannot(verb), this.closedBecause!);
  }

  /** How errors begin. */
  cannot(verb: string): string {
    return `Cannot ${verb} ${this.name}`;
  }
}

/**
 * The ends of a transport.
 *
 * @throws {TypeError} It has none
 */
export function endsOf(transport: Transport): Ends {
  const { reader, writer } = "reader" in transport && "writer" in transport
    ? transport
    : { reader: transport as ByteStream, writer: transport as ByteStream };
  if (typeof reader?.read === "function" && typeof writer?.write === "function") return { reader, writer };
  throw new TypeError(
    "A connection is made over a stream with read() and write(), or over { reader, writer }",
  );
}

/** What errors call a transport. */
export function nameOf(transport: Transport): string {
  const { remoteAddr } = transport as { remoteAddr?: Deno.Addr };
  return remoteAddr === undefined ? "connection" : `connection of ${addressText(remoteAddr)}`;
}

/** The largest message. */
export function limitOf({ maxMessageSize = LARGEST }: { maxMessageSize?: number | undefined }): number {
  return countOf("maxMessageSize", maxMessageSize, 0);
}
