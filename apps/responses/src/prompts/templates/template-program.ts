import { inspect, ready, render } from './template-work.ts';
import type { TemplateTask } from './template-process.ts';

/* A process that answers each task that it is sent; it ends with the process that started it. */

process.on('message', (task: TemplateTask) => {
  process.send?.(task.do === 'inspect' ? inspect(task) : render(task));
});
process.send?.(ready);
