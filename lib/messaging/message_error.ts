/** The errors of messages: what the other side did wrong, or that it left. */

/** The other side has left between two messages: the normal end. As Python's EOFError. */
export function ended(action: string): Deno.errors.UnexpectedEof {
  return Object.assign(new Deno.errors.UnexpectedEof(`${action}: the other side has closed the connection`), {
    code: "EOF",
  });
}

/** The other side has left inside a message. */
export function cutOff(action: string, missing: number, of: string): Deno.errors.UnexpectedEof {
  const message = `${action}: the other side left inside ${of}; ${missing} bytes are missing`;
  return Object.assign(new Deno.errors.UnexpectedEof(message), { code: "EPROTO", missing });
}

/** The other side sent what the wire does not allow. */
export function wrongWire(
  action: string,
  why: string,
  code: "EPROTO" | "EMSGSIZE" = "EPROTO",
): Deno.errors.InvalidData {
  return Object.assign(new Deno.errors.InvalidData(`${action}: ${why}`), { code });
}

/** A message arrived whole, and the codec cannot make a value of it. */
export function undecodable(codec: string, why: string, cause?: unknown): Deno.errors.InvalidData {
  const message = `Cannot decode a message as ${codec}: ${why}`;
  return Object.assign(new Deno.errors.InvalidData(message, { cause }), { code: "EBADMSG" });
}

/** The handshake failed: somebody else, or the wrong key. */
export function notAuthentic(action: string, why: string): Deno.errors.PermissionDenied {
  return Object.assign(new Deno.errors.PermissionDenied(`${action}: ${why}`), { code: "EACCES" });
}
