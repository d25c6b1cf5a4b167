export { brokenNesting, type NestedEvent } from './stream-nesting.ts';
