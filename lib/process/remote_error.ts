import { structuredCodec } from "../messaging/structured_codec.ts";

/** An error on its way to another process. Everything but the name and the message can be missing. */
interface ErrorData {
  name: string;
  message: string;
  stack?: string | undefined;
  /** Its own properties that can be carried, such as `code`. */
  properties?: Record<string, unknown> | undefined;
  cause?: FailureData | undefined;
  /** Of an AggregateError. */
  errors?: FailureData[] | undefined;
}

/** What was thrown: an error, or any other value. */
export type FailureData = { error: ErrorData } | { value: unknown };

/** The frames of the bootstrap of a child or a worker, which tell nothing of the function that it ran. */
const OWN_FRAMES = /\n {4}at [^\n]*\/lib\/process\/(?:child|pool|pool_thread)_(?:main|serving)\.ts:[^\n]*/g;

/** So deep causes are followed. */
const MOST_CAUSES = 10;

/** What travels for something that was thrown. It can always be carried. */
export function failureData(thrown: unknown, depth = 0): FailureData {
  if (thrown instanceof Error) return { error: errorData(thrown, depth) };
  if (canBeCarried(thrown)) return { value: thrown };
  return { error: { name: "Error", message: `Uncaught ${Deno.inspect(thrown, { depth: 2 })}` } };
}

function errorData(error: Error, depth: number): ErrorData {
  const { name, message, stack, cause, errors } = error as AggregateError;
  const deeper = depth < MOST_CAUSES;
  return {
    name: String(name),
    message: String(message),
    stack: typeof stack === "string" ? stack.replaceAll(OWN_FRAMES, "") : undefined,
    properties: propertiesOf(error),
    cause: deeper && Object.hasOwn(error, "cause") ? failureData(cause, depth + 1) : undefined,
    errors: deeper && Array.isArray(errors)
      ? errors.map((inner) => failureData(inner, depth + 1))
      : undefined,
  };
}

function propertiesOf(error: Error): Record<string, unknown> | undefined {
  const entries = Object.entries(error).filter(([key, value]) =>
    key !== "cause" && key !== "errors" && key !== "stack" && canBeCarried(value)
  );
  return entries.length === 0 ? undefined : Object.fromEntries(entries);
}

function canBeCarried(value: unknown): boolean {
  try {
    structuredCodec.encode(value);
    return true;
  } catch {
    return false;
  }
}

/**
 * What was thrown elsewhere, as it would be here: of the nearest class, with its properties, and the remote stack with
 * `where` at its end.
 */
export function failureOf(data: FailureData | undefined, where: string, depth = 0): unknown {
  if (typeof data !== "object" || data === null || depth > MOST_CAUSES) return undefined;
  if (!("error" in data)) return data.value;
  const { name, message, stack, properties, cause, errors } = data.error ?? {};
  const error = newError(`${name}`, `${message}`, (errors ?? []).map((e) => failureOf(e, where, depth + 1)));
  for (const [key, value] of Object.entries(properties ?? {})) define(error, key, value, true);
  if (cause !== undefined) define(error, "cause", failureOf(cause, where, depth + 1));
  define(error, "stack", `${stack ?? `${name}: ${message}`}\n    at ${where}`);
  return error;
}

const STANDARD = new Map<string, ErrorConstructor>(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((Class) => [
    Class.name,
    Class,
  ]),
);

function newError(name: string, message: string, errors: unknown[]): Error {
  if (name === "AggregateError") return new AggregateError(errors, message);
  const Class = STANDARD.get(name)
    ?? (Object.hasOwn(Deno.errors, name) ? Deno.errors[name as keyof typeof Deno.errors] : undefined);
  if (Class !== undefined) return new Class(message);
  if (name.endsWith("Error") && name in DOM_NAMES) return new DOMException(message, name);
  const error = new Error(message);
  define(error, "name", name);
  return error;
}

/** The names of DOMException that an abort or a time-out has. */
const DOM_NAMES = { AbortError: true, TimeoutError: true, DataCloneError: true };

function define(error: Error, key: string, value: unknown, enumerable = false): void {
  Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true });
}
