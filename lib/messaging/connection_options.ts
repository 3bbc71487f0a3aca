import type { ReceivedDescriptor } from "../primitives/received_descriptor.ts";
import type { ConnectOptions } from "../primitives/socket.ts";
import type { AuthOptions, Role } from "./auth.ts";
import type { Codec } from "./codec.ts";
import type { CodecName } from "./codecs.ts";

/** Options of every connection. */
// deno-lint-ignore no-explicit-any -- Any codec will do.
export interface ConnectionOptions<C extends CodecName | Codec<any> = CodecName | Codec<any>> {
  /** How values become messages. Default: "structured". Both sides need the same. */
  codec?: C | undefined;
  /** The largest message in bytes, sent or received. Default: 64 MiB. */
  maxMessageSize?: number | undefined;
  /**
   * Whether handles of the other side are received with its messages: {@linkcode Connection.recvWithHandles}. Unix
   * sockets only. Each wait takes some 80 us longer. Default: false, and handles that come are closed by the kernel.
   */
  handles?: boolean | undefined;
}

/** A message with the handles that came with it; see {@linkcode Connection.recvWithHandles}. */
export interface MessageWithHandles<T> extends Disposable {
  /** The value. */
  value: T;
  /** The handles, in the sender's order; often none. */
  handles: ReceivedDescriptor[];
}

/** Options of {@linkcode Connection.over}. */
// deno-lint-ignore no-explicit-any -- Any codec will do.
export interface OverOptions<C extends CodecName | Codec<any> = CodecName | Codec<any>>
  extends ConnectionOptions<C>, AuthOptions
{
  /** Which side of the handshake this is: the listener challenges first. Needed with `authKey`. */
  role?: Role | undefined;
  /** Ends the handshake. */
  signal?: AbortSignal | undefined;
}

/** Options of {@linkcode Connection.connect}. */
// deno-lint-ignore no-explicit-any -- Any codec will do.
export interface ConnectionConnectOptions<C extends CodecName | Codec<any> = CodecName | Codec<any>>
  extends ConnectionOptions<C>, AuthOptions, ConnectOptions
{}
