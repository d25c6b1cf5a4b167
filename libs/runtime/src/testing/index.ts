export { newResponse } from './new-response.ts';
