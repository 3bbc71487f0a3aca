/** Which parts of an object another process may reach. */

import { isBuiltIn } from "../messaging/runtime_class.ts";

/** Names that lead out of an object, wherever they are found. */
const NEVER = new Set(["__proto__", "constructor", "prototype", "caller", "callee", "arguments"]);

/** Where a member is found. */
interface Found {
  /** The value that the member belongs to: `this` of a method. */
  owner: object;
  value: unknown;
}

/**
 * What a path leads to: own properties, and what the object's own classes declare. What comes from the language's classes
 * is not reachable, nor are names that begin with an underscore.
 *
 * @throws {TypeError} There is no such member, or it is not exposed
 */
export function member(root: object, path: readonly unknown[]): Found {
  let owner: object = root;
  let value: unknown = root;
  for (const key of path) {
    if ((typeof value !== "object" && typeof value !== "function") || value === null) throw notExposed(path);
    owner = value;
    const property = propertyOf(owner, key);
    if (property === undefined) throw notExposed(path);
    value = property.get === undefined && property.set === undefined
      ? property.value
      : property.get?.call(owner);
  }
  return { owner, value };
}

/** A property's value, which travels whole: not one whose class may have more in it than is exposed. */
export function valueOf(root: object, path: readonly unknown[]): unknown {
  const { value } = member(root, path);
  if (typeof value !== "object" || value === null) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype || !isOwn(prototype as object, value)) {
    return value;
  }
  throw new TypeError(`Cannot get ${pathText(path)} whole: it is of a class; ask for its members`);
}

/** Changes a property that is there, and is neither a method nor read-only. */
export function setMember(root: object, path: readonly unknown[], value: unknown): void {
  const { value: owner } = member(root, path.slice(0, -1));
  const key = path.at(-1);
  const isObject = (typeof owner === "object" || typeof owner === "function") && owner !== null;
  const property = isObject ? propertyOf(owner, key) : undefined;
  if (property === undefined) throw notExposed(path);
  if (property.set !== undefined) return property.set.call(owner, value);
  if (
    property.writable !== true || typeof property.value === "function"
    || !Object.hasOwn(owner as object, key as string)
  ) {
    throw new TypeError(`Cannot set ${pathText(path)}: it is a method, or read-only`);
  }
  (owner as Record<string, unknown>)[key as string] = value;
}

/** Whether anything of an object can be reached. */
export function hasMembers(root: object): boolean {
  for (
    let holder: object | null = root;
    holder !== null && isOwn(holder, root);
    holder = Object.getPrototypeOf(holder)
  ) {
    if (Object.getOwnPropertyNames(holder).some((key) => propertyOf(root, key) !== undefined)) return true;
  }
  return false;
}

function propertyOf(owner: object, key: unknown): PropertyDescriptor | undefined {
  if (typeof key !== "string" || NEVER.has(key) || key.startsWith("_")) return undefined;
  for (
    let holder: object | null = owner;
    holder !== null && isOwn(holder, owner);
    holder = Object.getPrototypeOf(holder)
  ) {
    const property = Object.getOwnPropertyDescriptor(holder, key);
    if (property === undefined) continue;
    // What a function has of its own by its nature (length, name) is nobody's.
    return typeof owner === "function" && property.enumerable !== true ? undefined : property;
  }
  return undefined;
}

/** The object itself, and the prototypes that are not the language's or the runtime's. */
function isOwn(holder: object, owner: object): boolean {
  if (holder === owner) return true;
  const made: unknown = Object.getOwnPropertyDescriptor(holder, "constructor")?.value;
  return typeof made === "function" && !isBuiltIn(made);
}

function notExposed(path: readonly unknown[]): TypeError {
  return new TypeError(`Cannot reach ${pathText(path)}: the other side does not expose it`);
}

function pathText(path: readonly unknown[]): string {
  return path.length === 0 ? "it" : `'${path.map(String).join(".").slice(0, 200)}'`;
}
