export { plainSettings, testCaller, testResponse } from './test-response.ts';
