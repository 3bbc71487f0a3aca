/** How long anything may take. */
export const LIMITS = { timeout: 20_000 };

/** Bytes of the shared memory, and of a large message. */
export const LARGE = 1 << 20;

/** What goes through the queue. */
export interface Task {
  /** A numbered line (see numbered_line.ts). */
  line: string;
  /** As many ms after the epoch as its number: something that JSON does not know. */
  when: Date;
  /** Whether its sender puts no more. */
  last: boolean;
}

/** So many bytes as a large message has, which follow from a factor. */
export function pattern(factor: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: LARGE }, (_, i) => (i * factor + (i >> 8)) & 255);
}
