import { notOurs } from "../errors.ts";
import type { SharedObject } from "./shared_object.ts";

/** What an object is called in messages: "Lock 'accounts'". */
export function describeObject(kind: string, name: string | undefined): string {
  return name === undefined ? kind : `${kind} '${name}'`;
}

/** Throws when the object is closed. */
export function checkOpen(object: SharedObject, called: string): void {
  if (object.closed) throw notOurs(`Cannot use ${called}`, "it is closed");
}
