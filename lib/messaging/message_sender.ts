import { notOurs, timedOut } from "../errors.ts";
import { checkWait, type WaitOptions } from "../options.ts";
import { type SendableDescriptor, sendDescriptors } from "../primitives/descriptor_passing.ts";
import type { SocketStream } from "../primitives/socket_stream.ts";
import type { Codec } from "./codec.ts";
import type { ConnectionLine } from "./connection_line.ts";
import { FrameWriter } from "./frame_writer.ts";

/** How long a closed connection goes on writing what was sent, where that cannot be done at once. */
const LINGER = 2000;

/** The sending half of a connection. Its methods are those of {@linkcode Connection}, which say what they promise. */
export class MessageSender<T> {
  readonly #line: ConnectionLine;
  readonly #codec: Codec<T>;
  readonly #frames: FrameWriter;
  readonly #limit: number;

  constructor(line: ConnectionLine, codec: Codec<T>) {
    this.#line = line;
    this.#codec = codec;
    this.#limit = line.limit;
    this.#frames = new FrameWriter(line.writer, (error) => this.#failure(error));
  }

  /** Whether something waits to be written. */
  get pending(): boolean {
    return this.#frames.pending;
  }

  send(value: T, options: WaitOptions | undefined): Promise<void> {
    let bytes: Uint8Array;
    try {
      bytes = this.#codec.encode(value);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.sendBytes(bytes, options);
  }

  sendBytes(bytes: Uint8Array, options: WaitOptions | undefined): Promise<void> {
    if (!(bytes instanceof Uint8Array)) {
      return Promise.reject(new TypeError("A message's bytes are a Uint8Array"));
    }
    if (this.#line.closedBecause !== undefined) return Promise.reject(this.#line.notOurs("send to"));
    try {
      if (bytes.length > this.#limit) throw this.#tooLarge(bytes);
      if (options === undefined) return this.#frames.send(bytes);
      checkWait(options);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#frames.sendWithin(
      bytes,
      options,
      (timeout) => timedOut(this.#line.cannot("send to"), "the other side did not read", timeout),
    );
  }

  async sendWithHandles(value: T, handles: SendableDescriptor[]): Promise<void> {
    if (this.#line.closedBecause !== undefined) throw this.#line.notOurs("send to");
    const stream = this.#line.unixStream("send handles to");
    const bytes = this.#codec.encode(value);
    if (bytes.length > this.#limit) throw this.#tooLarge(bytes);
    if (handles.length === 0) return await this.#frames.send(bytes);
    await this.#sendOver(stream, bytes, handles);
  }

  async sendPacked(bytes: Uint8Array, handles: SendableDescriptor[]): Promise<void> {
    if (handles.length === 0) return await this.sendBytes(bytes, undefined);
    if (this.#line.closedBecause !== undefined) throw this.#line.notOurs("send to");
    const stream = this.#line.unixStream("send handles to");
    if (bytes.length > this.#limit) throw this.#tooLarge(bytes);
    await this.#sendOver(stream, bytes, handles);
  }

  /**
   * The connection is closed: writes what can be written at once or, where that cannot be tried, in {@linkcode LINGER},
   * and then calls `done`.
   *
   * @returns When that is, if it takes time.
   */
  end(done: () => void): Promise<void> | undefined {
    const left = notOurs(this.#line.cannot("send to"), "it was closed before all had left");
    const end = () => {
      this.#frames.end(left);
      done();
    };
    if (this.#line.writer.tryWrite !== undefined || !this.#frames.pending) return void end();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, LINGER));
    return Promise.race([this.#frames.finished(), late]).then(() => {
      clearTimeout(timer);
      end();
    });
  }

  #sendOver(stream: SocketStream, bytes: Uint8Array, handles: SendableDescriptor[]): Promise<void> {
    return this.#frames.sendBy(bytes, (frame) => {
      const before = stream.bytesWritten;
      return sendDescriptors(stream, frame, handles).catch((error) => {
        if (stream.bytesWritten > before) throw error;
        return error; // A handle that cannot be sent is no reason against the next message.
      });
    });
  }

  #tooLarge({ length }: Uint8Array): RangeError {
    const why = `it has ${length} bytes, and maxMessageSize is ${this.#limit}`;
    return new RangeError(`Cannot send a message to ${this.#line.name}: ${why}`);
  }

  /** What senders get for an error of the transport. */
  #failure(error: unknown): Error {
    const { code, message } = error as Error & { code?: string };
    if (this.#line.closedBecause !== undefined) return this.#line.notOurs("send to");
    if (code !== "ECONNRESET" && code !== "ECONNABORTED") return error as Error;
    return Object.assign(new Deno.errors.BrokenPipe(`${this.#line.cannot("send to")}: ${message}`), {
      code: "EPIPE",
    });
  }
}
