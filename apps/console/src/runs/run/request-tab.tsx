import { type Run, type RunDetail, useRunDetail } from '../../api/runs.ts';
import { Failure, Loading } from '../../ui/page-states.tsx';
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
  if (detail.isPending) return <Loading rows={8} />;
  if (detail.isError) return <Failure error={detail.error} retry={() => void detail.refetch()} />;
  return (
    <div className={styles['document']}>
      <TextBlock isTall text={JSON.stringify(detail.data[part], null, 2)} name={`${run.id}.${part}.json`} />
    </div>
  );
}
