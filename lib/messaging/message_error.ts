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
export function notAuthentic(action: string, why: string, cause?: Error): Deno.errors.PermissionDenied {
  const options = cause === undefined ? undefined : { cause };
  return Object.assign(new Deno.errors.PermissionDenied(`${action}: ${why}`, options), { code: "EACCES" });
}

/** Nobody takes what is sent: the consumer has left, or its thread has ended. */
export function noConsumer(action: string, why: string): Deno.errors.BrokenPipe {
  return Object.assign(new Deno.errors.BrokenPipe(`${action}: ${why}`), { code: "EPIPE" });
}

/** The producer's thread has ended without a farewell: what it meant to send is not known. */
export function producerDied(
  action: string,
  partial: [number, number] | undefined,
): Deno.errors.ConnectionReset {
  const inside = partial === undefined ? "" : `, ${partial[0]} bytes into a message of ${partial[1]}`;
  const message = `${action}: its producer ended without closing it${inside}`;
  return Object.assign(new Deno.errors.ConnectionReset(message), { code: "ECONNRESET" });
}

/** The other side has closed a channel that somebody waits for a reply of. */
export function noReply(): Deno.errors.UnexpectedEof {
  return Object.assign(
    new Deno.errors.UnexpectedEof("Cannot receive a reply: the other side has closed the channel"),
    { code: "EOF" },
  );
}

/** Consumers of a queue have left tasks that they had not done. */
export function tasksLost(action: string, count: number): Deno.errors.ConnectionReset {
  const message = `${action}: its consumers ended with ${count} ${count === 1 ? "task" : "tasks"} not done`;
  return Object.assign(new Deno.errors.ConnectionReset(message), { code: "ECONNRESET" });
}

/** Whether a handshake failed because the other side has left, or was never quite there. */
export function isDeparture(error: unknown): boolean {
  const { ConnectionReset, BrokenPipe, PermissionDenied, UnexpectedEof } = Deno.errors;
  if (error instanceof PermissionDenied) return error.cause instanceof UnexpectedEof;
  return error instanceof ConnectionReset || error instanceof BrokenPipe;
}
