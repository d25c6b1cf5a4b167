/** The required variables, for specs without a database, and a stop without a drain. */
export const requiredEnvironment = {
  DATABASE_URL: 'postgresql://127.0.0.1:1/none',
  ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
  SHUTDOWN_DRAIN: '0s',
};
