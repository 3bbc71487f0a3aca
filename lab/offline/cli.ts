/**
 * Stands in for `@std/cli` where JSR cannot be reached: `parseArgs` on top of minimist, which the real
 * one descends from.
 *
 * @module
 */
// @ts-types="npm:@types/minimist@1.2.5"
import minimist from "npm:minimist@1.2.8";

/** What `parseArgs` understands here; anything else of the real options is a type error. */
export interface ParseOptions<B extends string, S extends string, C extends string, D> {
  /** Always true or false, by default false. */
  boolean?: readonly B[];
  /** Never turned into numbers. */
  string?: readonly S[];
  /** Gathered in an array, by default empty; of other arguments the last one counts. */
  collect?: readonly C[];
  /** Values for what is not given. */
  default?: D;
  /** Other names. */
  alias?: Record<string, string | string[]>;
  /** Everything after the first positional argument is positional. */
  stopEarly?: boolean;
  /** Called with each argument that was not declared; `false` drops it. */
  unknown?: (arg: string) => unknown;
}

/** The parsed arguments: one key a declared name, positional ones in `_`. */
export type Args<B extends string, S extends string, C extends string, D> =
  & Record<string, unknown>
  & { [Name in B]: boolean }
  & { [Name in Exclude<S, C | keyof D>]?: string }
  & { [Name in S & C]: string[] }
  & { [Name in Exclude<S, C> & keyof D]: string | D[Name] }
  & { _: (string | number)[] };

/** Parses command line arguments. */
export function parseArgs<
  const B extends string = never,
  const S extends string = never,
  const C extends string = never,
  D extends Record<string, unknown> = Record<never, never>,
>(args: string[], options: ParseOptions<B, S, C, D> = {}): Args<B, S, C, D> {
  const { collect = [], unknown, ...rest } = options;
  const parsed: Record<string, unknown> = minimist(args, {
    ...rest,
    boolean: [...rest.boolean ?? []],
    string: [...rest.string ?? []],
    ...unknown && { unknown: (arg: string) => unknown(arg) !== false },
  });
  const collected = new Set<string>(collect.flatMap((name) => [name, ...rest.alias?.[name] ?? []].flat()));
  for (const [name, value] of Object.entries(parsed)) {
    if (name === "_") continue;
    if (collected.has(name)) parsed[name] = [value].flat();
    else if (Array.isArray(value)) parsed[name] = value.at(-1);
  }
  for (const name of collected) parsed[name] ??= [];
  return parsed as Args<B, S, C, D>;
}
