/** Rejects with the first error of this thread that nobody catches. */
export function uncaught(): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  addEventListener("error", (event) => {
    event.preventDefault();
    reject(event.error);
  });
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    reject(event.reason);
  });
  return promise;
}
