/** How long a request waits for an auth service that restarts before it is answered 503. */
export const authWaitMs = 3_000;
