export interface Repetition {
  /** Starts no further round and waits for the running one. */
  stop(): Promise<void>;
}

/** Repeats a task, each round `intervalMs` after the end of the previous one. A round that fails is reported, and the repetition goes on. */
export function every(
  intervalMs: number,
  task: () => Promise<void>,
  onError: (error: unknown) => void,
): Repetition {
  let isStopped = false;
  let running = Promise.resolve();
  let timer = setTimeout(round, intervalMs).unref();

  function round(): void {
    running = task()
      .catch(onError)
      .then(() => {
        if (!isStopped) timer = setTimeout(round, intervalMs).unref();
      });
  }

  return {
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
      return running;
    },
  };
}
