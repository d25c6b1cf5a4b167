/**
 * How long a request waits for an auth service that restarts before it is answered 503: two seconds away and the time to start on a busy
 * machine. Below the 15 s that the gateway waits for some services.
 */
export const authWaitMs = 10_000;
