/** `<sys/un.h>`, `<netinet/in.h>` and `<arpa/inet.h>`: addresses as bytes. */

import { cString, libc } from "./library.ts";
import { os, perOs } from "./platform.ts";
import { AF_INET, AF_INET6, AF_UNIX } from "./socket.ts";

/** sun_path begins behind the family (and the length on macOS): 2 bytes both. */
const PATH_AT = 2;

/** A sockaddr_un. A path that begins with NUL is an abstract name, which has no NUL at its end. */
export function sockaddrUn(path: string): Uint8Array<ArrayBuffer> {
  const bytes = new TextEncoder().encode(path.startsWith("\0") ? path : path + "\0");
  const address = new Uint8Array(PATH_AT + bytes.length);
  if (os() === "darwin") address.set([address.length, AF_UNIX]);
  else new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  address.set(bytes, PATH_AT);
  return address;
}

const symbols = libc({ inet_pton: { parameters: ["i32", "buffer", "buffer"], result: "i32" } });

/** A sockaddr_in or sockaddr_in6 of an IP address and a port; undefined when the text is no IP address. */
export function sockaddrIn(ip: string, port: number): Uint8Array<ArrayBuffer> | undefined {
  const isSix = ip.includes(":");
  const family = isSix ? AF_INET6() : AF_INET;
  const bytes = new Uint8Array(16);
  if (symbols().inet_pton(family, cString(ip), bytes) !== 1) return undefined;
  const address = new Uint8Array(isSix ? 28 : 16);
  const view = new DataView(address.buffer);
  if (os() === "darwin") address.set([address.length, family]);
  else view.setUint16(0, family, true);
  view.setUint16(2, port);
  address.set(isSix ? bytes : bytes.subarray(0, 4), isSix ? 8 : 4);
  return address;
}

/** The family of a sockaddr, for socket(2). */
export function familyOf(address: Uint8Array): number {
  return os() === "darwin" ? address[1]! : address[0]!;
}

/** An address of the kernel's: what Deno calls it. Undefined: of a family that this project does not know. */
export function socketAddress(
  bytes: Uint8Array,
): { hostname: string; port: number } | { path: string } | undefined {
  if (bytes.length < PATH_AT) return { path: "" };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const family = perOs({ linux: view.getUint16(0, true), darwin: view.getUint8(1) });
  if (family === AF_UNIX) return { path: pathIn(bytes.subarray(PATH_AT)) };
  if (family === AF_INET) return { hostname: bytes.subarray(4, 8).join("."), port: view.getUint16(2) };
  if (family === AF_INET6()) return { hostname: inet6(view), port: view.getUint16(2) };
  return undefined;
}

function pathIn(bytes: Uint8Array): string {
  if (bytes[0] === 0 && os() === "linux") return new TextDecoder().decode(bytes);
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

/** The text of an IPv6 address, as RFC 5952 has it: the longest run of zeros is left out. */
function inet6(view: DataView): string {
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(8 + 2 * i));
  const zeros = groups.map((_, from) => {
    const to = groups.findIndex((group, i) => i >= from && group !== 0);
    return (to < 0 ? 8 : to) - from;
  });
  const length = Math.max(...zeros);
  const start = zeros.indexOf(length);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(":");
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`;
}
