import { missingForCalls } from "../ffi/library.ts";
import {
  IPPROTO_TCP,
  setsockoptInt,
  SO_KEEPALIVE,
  SOL_SOCKET,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_USER_TIMEOUT,
} from "../ffi/socket.ts";
import type { SocketStream } from "./socket_stream.ts";

const PROBES = 4;

/**
 * Lets the kernel find out when the other host of a TCP connection is gone without a word: about so many milliseconds
 * later reads and writes fail. The other kernel answers, so that a process there may be busy as long as it likes.
 * Nothing happens for other sockets, and without `--allow-ffi`.
 */
export function endWhenCutOff(stream: SocketStream, milliseconds: number): void {
  if (stream.remoteAddr.transport !== "tcp" || missingForCalls() !== undefined) return;
  const fd = stream.own("watch").descriptor.number("watch");
  const seconds = milliseconds / 1000;
  setsockoptInt(fd, SOL_SOCKET(), SO_KEEPALIVE(), 1);
  setsockoptInt(fd, IPPROTO_TCP, TCP_KEEPIDLE(), Math.max(1, Math.round(seconds / 3)));
  setsockoptInt(fd, IPPROTO_TCP, TCP_KEEPINTVL(), Math.max(1, Math.round(seconds / 6)));
  setsockoptInt(fd, IPPROTO_TCP, TCP_KEEPCNT(), PROBES);
  if (Deno.build.os === "linux") setsockoptInt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, milliseconds);
}
