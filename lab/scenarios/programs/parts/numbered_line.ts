/** A line that says whose it is, which of its sender's, and whether it is whole. At most 4096 bytes with its end. */
export class Numbered {
  readonly sender: string;
  readonly number: number;
  /** Whether its sender sends no more. */
  readonly isLast: boolean;

  constructor(sender: string, number: number, isLast = false) {
    this.sender = sender;
    this.number = number;
    this.isLast = isLast;
  }

  /** The line that this text is; throws when a part of it is missing or changed. */
  static parse(text: string): Numbered {
    const [sender = "", number, last] = text.split(" ");
    const line = new Numbered(sender, Number(number), last === "last");
    if (text !== `${line}`) throw new Deno.errors.InvalidData(`This line is torn: ${Deno.inspect(text)}`);
    return line;
  }

  /** The text: of many lengths, one with the other, and its end known from its beginning. */
  toString(): string {
    const { sender, number, isLast } = this;
    return `${sender} ${number} ${isLast ? "last" : "more"} ${`${number}.`.repeat(number * 7 % 400)}end`;
  }
}
