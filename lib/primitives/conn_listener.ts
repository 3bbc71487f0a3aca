import { notOurs, systemError, timedOut } from "../errors.ts";
import type { ErrnoName } from "../ffi/errno.ts";
import type { WaitOptions } from "../options.ts";
import { addressText } from "./address.ts";
import { Arrivals } from "./arrivals.ts";
import { ConnSocket, plainAddr } from "./conn_socket.ts";

/** What accept(2) says of a client that has left by then. */
const GONE = ["ENOTCONN", "ECONNABORTED"];

/** A listener of the runtime's. It accepts when somebody asks; until then the kernel's backlog holds who comes. */
export class ConnListener {
  readonly addr: Deno.Addr;
  readonly #listener: Deno.Listener;
  readonly #prepare: (conn: Deno.Conn) => void;
  readonly #arrivals = new Arrivals<Deno.Conn>();
  #accepting = false;
  #closed = false;

  constructor(listener: Deno.Listener, prepare: (conn: Deno.Conn) => void = () => {}, addr = listener.addr) {
    this.#listener = listener;
    this.#prepare = prepare;
    this.addr = plainAddr(addr);
  }

  async accept(options: WaitOptions): Promise<ConnSocket> {
    const action = `Cannot accept at ${addressText(this.addr)}`;
    if (this.#closed) throw notOurs(action, "the listener is closed");
    const late = (timeout: number) => timedOut(action, "nobody connected", timeout);
    const conn = this.#arrivals.take() ?? await this.#next(options, late);
    this.#prepare(conn);
    return new ConnSocket(conn, this.addr.transport === "unix" ? { localAddr: this.addr } : {});
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#listener.close();
    for (const conn of this.#arrivals.takeAll()) conn.close();
    this.#arrivals.end(
      notOurs(`Cannot accept at ${addressText(this.addr)}`, "the listener was closed during the wait"),
    );
  }

  #next(options: WaitOptions, late: (timeout: number) => Error): Promise<Deno.Conn> {
    const next = this.#arrivals.next(options, late);
    if (!this.#accepting) void this.#accept();
    return next;
  }

  async #accept(): Promise<void> {
    this.#accepting = true;
    while (this.#arrivals.wanted) {
      try {
        const conn = await this.#listener.accept();
        if (this.#closed) conn.close();
        else this.#arrivals.arrive(conn);
      } catch (error) {
        // A client that left before it was accepted is nobody's error.
        if (GONE.includes((error as { code?: string }).code ?? "")) continue;
        this.#arrivals.fail(this.#failed(error));
      }
    }
    this.#accepting = false;
  }

  #failed(error: unknown): unknown {
    const { code } = error as { code?: unknown };
    if (typeof code !== "string") return error;
    return systemError(code as ErrnoName, {
      action: `Cannot accept at ${addressText(this.addr)}`,
      syscall: "accept",
    });
  }
}
