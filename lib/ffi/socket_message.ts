/** `<sys/socket.h>`: sendmsg(2) and recvmsg(2), with descriptors. Each returns its result, or minus the errno. */

import { checked } from "./call.ts";
import { F_SETFD, fcntl, FD_CLOEXEC } from "./fcntl.ts";
import { libc } from "./library.ts";
import { os, perOs } from "./platform.ts";
import { SOL_SOCKET } from "./socket.ts";

const SCM_RIGHTS = 1;
const MSG_NOSIGNAL = (): number => perOs({ linux: 0x4000, darwin: 0x80000 });
const MSG_DONTWAIT = (): number => perOs({ linux: 0x40, darwin: 0x80 });
const MSG_CTRUNC = (): number => perOs({ linux: 0x8, darwin: 0x20 });
const MSG_CMSG_CLOEXEC = (): number => perOs({ linux: 0x40000000, darwin: 0 });

const symbols = libc({
  sendmsg: { parameters: ["i32", "buffer", "i32"], result: "i32" },
  recvmsg: { parameters: ["i32", "buffer", "i32"], result: "i32" },
});

/** The most descriptors that Linux passes in one message (SCM_MAX_FD). */
const MOST_DESCRIPTORS = 253;

/**
 * One struct of each kind is enough, as a call uses it for its own time only. Each has a buffer of its own: V8 moves
 * none of these.
 */
interface Structs {
  message: DataView<ArrayBuffer>;
  vector: DataView<ArrayBuffer>;
  control: DataView<ArrayBuffer>;
}

let structs: Structs | undefined;

/** Where the fields of struct msghdr and struct cmsghdr are; both systems, 64 bits. */
const LAYOUT = {
  linux: { controlLengthBytes: 8, flags: 48, header: 16, level: 8, align: 8 },
  darwin: { controlLengthBytes: 4, flags: 44, header: 12, level: 4, align: 4 },
};

/** The message header for bytes and so much control data. */
function prepared(bytes: Uint8Array, controlLength: number): Structs {
  structs ??= {
    message: new DataView(new ArrayBuffer(56)),
    vector: new DataView(new ArrayBuffer(16)),
    control: new DataView(new ArrayBuffer(16 + 4 * MOST_DESCRIPTORS + 4)),
  };
  const { message, vector, control } = structs;
  const layout = perOs(LAYOUT);
  const address = (view: ArrayBufferView) =>
    Deno.UnsafePointer.value(Deno.UnsafePointer.of(view as BufferSource));
  // Safe: the addresses are used in the call that follows at once; the views outlive it, and their lengths are told.
  vector.setBigUint64(0, BigInt(address(bytes)), true);
  vector.setBigUint64(8, BigInt(bytes.byteLength), true);
  message.setBigUint64(16, BigInt(address(vector)), true);
  if (os() === "linux") message.setBigUint64(24, 1n, true);
  else message.setUint32(24, 1, true);
  message.setBigUint64(32, controlLength === 0 ? 0n : BigInt(address(control)), true);
  if (layout.controlLengthBytes === 8) message.setBigUint64(40, BigInt(controlLength), true);
  else message.setUint32(40, controlLength, true);
  message.setInt32(layout.flags, 0, true);
  return structs;
}

/** Sends bytes, from 1 on, with descriptors: how many bytes were taken. The descriptors go with the first. */
export function sendmsg(fd: number, bytes: Uint8Array, descriptors: number[]): number {
  const { header, level, align } = perOs(LAYOUT);
  const length = header + 4 * descriptors.length;
  const { message, control } = prepared(bytes, Math.ceil(length / align) * align);
  if (level === 8) control.setBigUint64(0, BigInt(length), true);
  else control.setUint32(0, length, true);
  control.setInt32(level, SOL_SOCKET(), true);
  control.setInt32(level + 4, SCM_RIGHTS, true);
  descriptors.forEach((descriptor, i) => control.setInt32(header + 4 * i, descriptor, true));
  const call = () => symbols().sendmsg(fd, message.buffer, MSG_NOSIGNAL() | MSG_DONTWAIT());
  return checked(call(), call);
}

/** What came: how many bytes (0 at the end), the descriptors, and whether some were cut off. */
export interface Received {
  count: number;
  descriptors: number[];
  truncated: boolean;
}

/** Receives bytes and descriptors, close-on-exec. They are the caller's, whatever `truncated` says. */
export function recvmsg(fd: number, p: Uint8Array): Received | number {
  const layout = perOs(LAYOUT);
  const room = 16 + 4 * MOST_DESCRIPTORS + 4;
  const call = () => {
    const { message } = prepared(p, room);
    return symbols().recvmsg(fd, message.buffer, MSG_CMSG_CLOEXEC() | MSG_DONTWAIT());
  };
  const count = checked(call(), call);
  if (count < 0) return count;
  const { message, control } = structs!;
  const end = layout.controlLengthBytes === 8
    ? Number(message.getBigUint64(40, true))
    : message.getUint32(40, true);
  const descriptors: number[] = [];
  for (let at = 0; at + layout.header <= end;) {
    const length = layout.level === 8 ? Number(control.getBigUint64(at, true)) : control.getUint32(at, true);
    if (length < layout.header) break;
    const isRights = control.getInt32(at + layout.level, true) === SOL_SOCKET()
      && control.getInt32(at + layout.level + 4, true) === SCM_RIGHTS;
    for (let i = at + layout.header; isRights && i + 4 <= Math.min(at + length, end); i += 4) {
      descriptors.push(control.getInt32(i, true));
    }
    at += Math.ceil(length / layout.align) * layout.align;
  }
  if (os() !== "linux") { for (const descriptor of descriptors) fcntl(descriptor, F_SETFD, FD_CLOEXEC); }
  return { count, descriptors, truncated: (message.getInt32(layout.flags, true) & MSG_CTRUNC()) !== 0 };
}
