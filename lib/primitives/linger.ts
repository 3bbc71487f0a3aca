/**
 * What is sent to a closed TCP connection is thrown away, so that what was written arrives: until the other side's
 * end, until it has been silent for so many milliseconds, or for so long in all. Closed at once, with bytes unread or
 * more of them coming, the connection would be reset, and what the other side has not got yet be lost.
 */
export const SILENCE = 50;
export const LINGER = 2000;
