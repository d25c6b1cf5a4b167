export { newResponse, someCaller } from './new-response.ts';
