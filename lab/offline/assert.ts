/**
 * Stands in for `@std/assert` where JSR cannot be reached: the same names, signatures and outcomes, on
 * top of `node:assert`, whose messages show what differs.
 *
 * One difference: `assertEquals` here is `deepStrictEqual`, which also tells `0` from `-0`.
 *
 * @module
 */
import assertion from "node:assert/strict";

// deno-lint-ignore no-explicit-any
type Class<T = unknown> = abstract new(...args: any[]) => T;

/** Thrown by every assertion that does not hold. */
export class AssertionError extends Error {
  override name = "AssertionError";
}

/** Throws when `condition` is falsy. */
export function assert(condition: unknown, message = ""): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** Throws always. */
export function fail(message?: string): never {
  throw new AssertionError(`Failed assertion${suffix(message)}`);
}

/** Throws unless both are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  rethrow("Values are not equal", message, () => assertion.deepEqual(actual, expected));
}

/** Throws when both are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  rethrow("Expected values to differ", message, () => assertion.notDeepEqual(actual, expected));
}

/** Throws unless both are the same by `Object.is`. */
export function assertStrictEquals<T>(actual: unknown, expected: T, message?: string): asserts actual is T {
  rethrow("Values are not strictly equal", message, () => assertion.equal(actual, expected));
}

/** Throws when the value is null or undefined. */
export function assertExists<T>(actual: T, message?: string): asserts actual is NonNullable<T> {
  check(
    actual !== undefined && actual !== null,
    `Expected ${show(actual)} to not be null or undefined`,
    message,
  );
}

/** Throws unless the value is an instance of the class. */
export function assertInstanceOf<T extends Class>(
  actual: unknown,
  expectedType: T,
  message?: string,
): asserts actual is InstanceType<T> {
  check(
    actual instanceof expectedType,
    `Expected an instance of ${expectedType.name} but got ${show(actual)}`,
    message,
  );
}

/** Throws unless `actual` matches. */
export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  check(expected.test(actual), `Expected ${show(actual)} to match ${expected}`, message);
}

/** Throws unless `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  check(actual.includes(expected), `Expected ${show(actual)} to contain ${show(expected)}`, message);
}

/** Throws unless `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T, message?: string): void {
  check(actual > expected, `Expected ${show(actual)} > ${show(expected)}`, message);
}

/** Throws unless `actual >= expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T, message?: string): void {
  check(actual >= expected, `Expected ${show(actual)} >= ${show(expected)}`, message);
}

/** Throws unless `actual < expected`. */
export function assertLess<T>(actual: T, expected: T, message?: string): void {
  check(actual < expected, `Expected ${show(actual)} < ${show(expected)}`, message);
}

/** Throws unless `actual <= expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T, message?: string): void {
  check(actual <= expected, `Expected ${show(actual)} <= ${show(expected)}`, message);
}

/** Throws unless `body` throws; returns what it threw. */
export function assertThrows(body: () => unknown, message?: string): unknown;
/** Throws unless `body` throws an error of that class whose message contains `includes`; returns it. */
export function assertThrows<E extends Error = Error>(
  body: () => unknown,
  errorClass: Class<E>,
  includes?: string,
  message?: string,
): E;
export function assertThrows(
  body: () => unknown,
  errorClass?: Class<Error> | string,
  includes?: string,
  message?: string,
): unknown {
  if (typeof errorClass === "string") return assertThrows(body, undefined as never, undefined, errorClass);
  try {
    body();
  } catch (error) {
    checkThrown(error, errorClass, includes, message);
    return error;
  }
  throw new AssertionError(`Expected function to throw${suffix(message)}`);
}

/** Throws unless the promise that `body` returns rejects; resolves to the reason. */
export function assertRejects(body: () => PromiseLike<unknown>, message?: string): Promise<unknown>;
/** Throws unless the promise rejects with an error of that class whose message contains `includes`. */
export function assertRejects<E extends Error = Error>(
  body: () => PromiseLike<unknown>,
  errorClass: Class<E>,
  includes?: string,
  message?: string,
): Promise<E>;
export async function assertRejects(
  body: () => PromiseLike<unknown>,
  errorClass?: Class<Error> | string,
  includes?: string,
  message?: string,
): Promise<unknown> {
  if (typeof errorClass === "string") return assertRejects(body, undefined as never, undefined, errorClass);
  let promise: PromiseLike<unknown> | undefined;
  try {
    promise = body();
  } catch {
    // The next line reports it: it is an error to throw before there is a promise.
  }
  check(typeof promise?.then === "function", "Function throws when expected to reject", message);
  try {
    await promise;
  } catch (error) {
    checkThrown(error, errorClass, includes, message);
    return error;
  }
  throw new AssertionError(`Expected function to reject${suffix(message)}`);
}

function checkThrown(error: unknown, errorClass?: Class<Error>, includes?: string, message?: string): void {
  if (errorClass === undefined) return;
  check(error instanceof Error, `A non-Error object was thrown: ${show(error)}`, message);
  const { name, message: text } = error as Error;
  check(error instanceof errorClass, `Expected ${errorClass.name} but got ${name}: ${text}`, message, error);
  check(text.includes(includes ?? ""), `Expected ${show(text)} to include ${show(includes)}`, message, error);
}

function check(holds: boolean, problem: string, message?: string, cause?: unknown): void {
  if (!holds) throw new AssertionError(problem + suffix(message), { cause });
}

function rethrow(problem: string, message: string | undefined, body: () => void): void {
  try {
    body();
  } catch (error) {
    const detail = (error as Error).message.replace(/^Expected .*\n/, "");
    throw new AssertionError(`${problem}${suffix(message)}\n${detail}`);
  }
}

function suffix(message?: string): string {
  return message ? `: ${message}` : "";
}

function show(value: unknown): string {
  return Deno.inspect(value);
}
