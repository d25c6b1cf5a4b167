import { type Run, type RunDetail, useRunDetail } from '../../api/runs.ts';
import { Loaded } from '../../ui/page-states.tsx';
import { TextBlock } from '../../ui/text/text-block.tsx';
import styles from './run.module.css';

/** What was asked of a run, in the words of `POST /v1/responses`. */
export function RequestTab({ run }: { run: Run }) {
  return <DetailPart run={run} part="request" />;
}

/** What a run answered, in its own dialect. */
export function ResponseTab({ run }: { run: Run }) {
  return <DetailPart run={run} part="response" />;
}

function DetailPart({ run, part }: { run: Run; part: keyof Pick<RunDetail, 'request' | 'response'> }) {
  const detail = useRunDetail(run);
  return (
    <Loaded query={detail} rows={8}>
      {(data) => (
        <div className={styles['document']}>
          <TextBlock isTall text={JSON.stringify(data[part], null, 2)} name={`${run.id}.${part}.json`} />
        </div>
      )}
    </Loaded>
  );
}
