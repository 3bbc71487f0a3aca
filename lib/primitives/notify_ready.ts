import { succeeded, timedOut } from "../errors.ts";
import { errno } from "../ffi/errno.ts";
import { AF_UNIX, sendto, SOCK_DGRAM, socket } from "../ffi/socket.ts";
import { sockaddrUn } from "../ffi/socket_address.ts";
import { checkWait, type WaitOptions } from "../options.ts";
import { FileDescriptor } from "./file_descriptor.ts";
import { rendezvous } from "./rendezvous.ts";

/**
 * Tells the service manager that started this process that it is ready (systemd's `Type=notify`), or something else
 * of its state. Without a manager that wants to know (no NOTIFY_SOCKET) it does nothing.
 *
 * Needs `--allow-env=NOTIFY_SOCKET`, and `--allow-ffi` when it is set. As sd_notify(3).
 *
 * @param state Lines of `NAME=value`: "READY=1" (the default), "STOPPING=1", "STATUS=…", "WATCHDOG=1".
 * @returns Whether a manager was told.
 * @throws {Deno.errors.NotFound} NOTIFY_SOCKET names no socket
 * @throws {Deno.errors.ConnectionRefused} Nobody listens there
 *
 * @example
 * ```ts
 * import { listen, notifyReady } from "@ipc/ipc";
 *
 * await using listener = await listen("tcp://127.0.0.1:0");
 * console.log(await notifyReady(`READY=1\nSTATUS=Serving at ${listener.address}`));
 * ```
 */
export async function notifyReady(state = "READY=1", options: WaitOptions = {}): Promise<boolean> {
  checkWait(options);
  if (typeof state !== "string" || !/^[^=\s]+=/.test(state)) {
    throw new TypeError(`A state is lines of NAME=value, and not ${Deno.inspect(state)}`);
  }
  const path = Deno.env.get("NOTIFY_SOCKET");
  if (!path) return false;
  const action = `Cannot notify the service manager at ${path}`;
  if (!/^[/@]./.test(path)) {
    throw new TypeError(`${action}: NOTIFY_SOCKET is neither a path nor an abstract name`);
  }
  const address = sockaddrUn(path.replace(/^@/, "\0"));
  const bytes = new TextEncoder().encode(state);
  const fd = succeeded(socket(AF_UNIX, SOCK_DGRAM), { action, syscall: "socket" });
  const descriptor = new FileDescriptor(fd, "notification");
  try {
    const send = () => {
      const result = sendto(fd, bytes, address);
      return result === -errno("EAGAIN") ? undefined : succeeded(result, { action, syscall: "sendto", path });
    };
    if (send() === undefined) {
      await rendezvous(send, options, (timeout) => timedOut(action, "its queue was full", timeout));
    }
    return true;
  } finally {
    descriptor.close();
  }
}
