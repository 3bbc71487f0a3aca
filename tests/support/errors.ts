/** Checking the typed errors of system calls. */

import { assertEquals, assertInstanceOf } from "@std/assert";

/** What an error has to be. */
export interface Expected {
  // deno-lint-ignore no-explicit-any
  type: abstract new(...args: any[]) => Error;
  code?: string | undefined;
  syscall?: string | undefined;
  path?: string | undefined;
}

/** What a call threw or rejected with; undefined when it did neither. */
export async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    const result = await call();
    (result as Partial<Disposable> | undefined)?.[Symbol.dispose]?.();
    return undefined;
  } catch (error) {
    return error;
  }
}

/** Fails unless the call throws or rejects with such an error, its fields included; returns the error. */
export async function assertFails(call: () => unknown, expected: Expected): Promise<Error> {
  const error = await errorOf(call);
  assertInstanceOf(error, expected.type);
  const { code, syscall, path } = error as Expected & Error;
  assertEquals({ type: error.constructor, code, syscall, path }, {
    code: undefined,
    syscall: undefined,
    path: undefined,
    ...expected,
  });
  return error;
}
