const NATIVE = /\{\s*\[native code\]\s*\}\s*$/;

/** Whether a class is the language's or the runtime's: what its objects hold is not in their properties. */
export function isBuiltIn(made: object): boolean {
  return NATIVE.test(Function.prototype.toString.call(made)) || isRuntimes(made);
}

/** Whether it is a class of the runtime that is written in JavaScript, such as EventTarget. */
function isRuntimes(made: object): boolean {
  const { name } = made as { name: unknown };
  // Other properties may do something when they are looked at.
  if (typeof name !== "string" || !/^[A-Z]/.test(name)) return false;
  for (const scope of [globalThis, Deno]) {
    const property = Object.getOwnPropertyDescriptor(scope, name);
    // What a program puts there itself can be enumerated.
    if (property === undefined || (scope === globalThis && property.enumerable === true)) continue;
    if ((property.value ?? property.get?.call(scope)) === made) return true;
  }
  return false;
}
