/** What programs in JavaScript send as a small object: 64 bytes as JSON. */
export const SMALL_OBJECT = { id: 17, job: "resize", to: [640, 480], path: "/tmp/a.png", ok: true };
