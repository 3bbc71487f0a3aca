import { os } from "../ffi/platform.ts";

/** Where to listen, or to connect to, over TCP. */
export interface TcpAddress {
  /** Default: "tcp". */
  transport?: "tcp" | undefined;
  /** A name, or an IPv4 or IPv6 address. Default, as Deno's: "0.0.0.0" to listen, "127.0.0.1" to connect. */
  hostname?: string | undefined;
  /** From 0 to 65535; 0 is a free one of the system's choice. */
  port: number;
}

/** Where to listen, or to connect to, on this machine. */
export interface UnixAddress {
  /** What tells it from TCP. */
  transport: "unix";
  /** A path; one that begins with NUL is an abstract name. */
  path: string;
}

/**
 * Where to listen, or to connect to:
 *
 * - `tcp://host:port`: a name, an IPv4 address, or an IPv6 address in brackets (`tcp://[::1]:50008`). Port 0 is a
 *   free one of the system's choice.
 * - `unix:/path`: a socket file, of at most 107 bytes.
 * - `unix:@name`: an abstract name, that has no file and disappears with its listener. Any user can take and reach
 *   it. Linux only.
 * - the objects that `Deno.listen` and `Deno.connect` take.
 */
export type SocketAddress = string | TcpAddress | UnixAddress;

/** A checked address. */
export type Address = InetAddress | PathAddress;

/** A checked address of a host. */
export interface InetAddress {
  transport: "tcp" | "udp";
  hostname: string | undefined;
  port: number;
}

/** A checked address of this machine; an abstract name begins with NUL. */
export interface PathAddress {
  transport: "unix" | "unixgram";
  path: string;
}

const FORMS = {
  stream:
    '"tcp://127.0.0.1:50008", "tcp://[::1]:0", "unix:/path", "unix:@abstract", or { hostname, port } or '
    + '{ transport: "unix", path }',
  datagram: '"udp://127.0.0.1:50008", "udp://[::1]:0", "unixgram:/path", "unixgram:@abstract", or '
    + '{ transport: "udp", hostname, port } or { transport: "unixgram", path }',
};

const HOST_AND_PORT = /^(?:\[(?<six>[\w.%]*:[\w.%:]*)\]|(?<host>[^\s:/?#@[\]]+)):(?<port>\d{1,5})$/;

/** A checked address of a stream's socket; a TypeError shows the right forms. */
export function streamAddress(address: unknown): Address {
  return parsed(address, "tcp", "unix", FORMS.stream);
}

/** A checked address of a datagram's socket; a Unix socket may have none when `unnamed`. */
export function datagramAddress(address: unknown, { unnamed = false } = {}): Address {
  const { path, transport } = (typeof address === "object" && address || {}) as Partial<PathAddress>;
  const isUnnamed = address === "unixgram:" || transport === "unixgram" && path === "";
  if (unnamed && isUnnamed) return { transport: "unixgram", path: "" };
  return parsed(address, "udp", "unixgram", FORMS.datagram);
}

/** An address as text: `tcp://127.0.0.1:50008`, `unix:/path`, `unix:@abstract`. */
export function addressText(address: Deno.Addr | Address): string {
  if (!("path" in address)) {
    const { transport, hostname = "", port } = address as Deno.NetAddr;
    return `${transport}://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  }
  const { transport, path } = address as Deno.UnixAddr;
  return `${transport}:${(path ?? "").replace(/^\0/, "@")}`;
}

/** Whether a checked address is one of this machine. */
export function isUnix(address: Address): address is PathAddress {
  return "path" in address;
}

function parsed(
  address: unknown,
  inet: InetAddress["transport"],
  unix: PathAddress["transport"],
  forms: string,
): Address {
  const malformed = (why: string) => {
    const shown = typeof address === "string" ? JSON.stringify(address) : Deno.inspect(address);
    return new TypeError(`Cannot use the address ${shown}: ${why}; an address is ${forms}`);
  };
  if (typeof address === "string") {
    if (address.startsWith(`${unix}:`)) {
      const path = address.slice(unix.length + 1);
      if (path.startsWith("//")) throw malformed(`after "${unix}:" comes a path, without a host`);
      return { transport: unix, path: pathPart(path.replace(/^@/, "\0"), malformed) };
    }
    if (!address.startsWith(`${inet}://`)) throw malformed(`it begins with neither ${inet}:// nor ${unix}:`);
    const parts = HOST_AND_PORT.exec(address.slice(inet.length + 3))?.groups ?? {};
    const { six, host = six, port } = parts;
    if (port === undefined) throw malformed("it is not a host, a colon and a port");
    return { transport: inet, hostname: host, port: portPart(Number(port), malformed) };
  }
  if (typeof address !== "object" || address === null) {
    throw malformed("it is neither a string nor an object");
  }
  const { transport = inet, hostname, port, path } = address as Record<string, unknown>;
  if (transport === unix) {
    if (typeof path !== "string") throw malformed("it has no path");
    return { transport: unix, path: pathPart(path, malformed) };
  }
  if (transport !== inet) throw malformed(`its transport is ${Deno.inspect(transport)}`);
  if (typeof port !== "number") throw malformed("it has no port");
  if (hostname !== undefined && (typeof hostname !== "string" || hostname === "")) {
    throw malformed("its hostname is not a text");
  }
  const host = hostname?.replace(/^\[(.*)\]$/, "$1");
  return { transport: inet, hostname: host, port: portPart(port, malformed) };
}

function portPart(port: number, malformed: (why: string) => Error): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return port;
  throw malformed(`the port ${port} is not a whole number from 0 to 65535`);
}

/** What fits in sockaddr_un, whose path has room for a NUL as well. */
const LONGEST_PATH = { linux: 107, darwin: 103 };

function pathPart(path: string, malformed: (why: string) => Error): string {
  const abstract = path.startsWith("\0");
  const name = abstract ? path.slice(1) : path;
  if (name === "") throw malformed("its path is empty");
  if (name.includes("\0")) throw malformed("its path has a NUL in it");
  if (!name.isWellFormed()) throw malformed("its path is not well-formed Unicode");
  if (abstract && os() !== "linux") {
    throw new Deno.errors.NotSupported(`Only Linux has abstract names, and this is ${Deno.build.os}`);
  }
  const longest = LONGEST_PATH[os() ?? "linux"];
  const { length } = new TextEncoder().encode(path);
  if (length > longest) {
    throw new RangeError(
      `Cannot use the socket path '${name}': it has ${length} bytes, and the kernel takes at most ${longest}; `
        + `use a shorter path, relative to the working directory for instance`,
    );
  }
  return path;
}
