/** Tells in a line what is being done. */
export type Say = (text: string) => void;
