/** How long anything may take. */
export const LIMITS = { timeout: 20_000 };

/** What the names of the objects begin with. */
export const NAME = "peers";

/** After so many messages the victim counts as being in the middle of its work. */
export const BUSY = 1000;

/** Where the counts are: how many were sent, and taken, for certain; and whether somebody collects what is left. */
export const NOTES = { sends: 0, takes: 1, collects: 2 };
