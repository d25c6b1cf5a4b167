export { countingIds } from './counting-ids.ts';
export { plainSettings, testCaller, testResponse } from './test-response.ts';
