/** HTML, or SVG inside of it, that can be printed as it is. */
export class Markup {
  /** Its text. */
  readonly text: string;

  /** Of a text that is trusted; see {@linkcode html} for all else. */
  constructor(text: string) {
    this.text = text;
  }
}

/** What a template may hold: all but markup is escaped, and nothing is printed for undefined and false. */
export type Value = Markup | string | number | undefined | false | readonly Value[];

/** Fills a template; whatever the values are, they neither end the element nor the attribute that they are in. */
export function html(parts: TemplateStringsArray, ...values: Value[]): Markup {
  return new Markup(String.raw({ raw: parts }, ...values.map(textOf)));
}

function textOf(value: Value): string {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(textOf).join("");
  if (value === undefined || value === false) return "";
  return visible(`${value}`).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * The text with a picture in place of each control character, and a number in place of those that change the
 * direction of what follows: a log line looks like what it is, and not as it wants to look.
 */
export function visible(text: string): string {
  return text.toWellFormed()
    // deno-lint-ignore no-control-regex
    .replace(/[\0-\x08\x0b-\x1f]/g, (control) => String.fromCharCode(0x2400 + control.charCodeAt(0)))
    .replaceAll("\x7f", "\u2421")
    .replace(
      /[\x80-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff]/g,
      (control) => `[${control.charCodeAt(0).toString(16)}]`,
    );
}
