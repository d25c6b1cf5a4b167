import { CheckIcon } from '@primer/octicons-react';
import { t } from '../../i18n/t.ts';
import { Button } from '../../ui/button.tsx';
import { Fault } from '../../ui/fault.tsx';
import { Actions } from '../../ui/list/cards.tsx';
import { TextBlock } from '../../ui/text/text-block.tsx';
import { type OfferedTools, useConfirmTools } from './servers-api.ts';
import styles from './servers.module.css';

interface Props {
  label: string;
  tools: OfferedTools;
  canConfirm: boolean;
}

/**
 * How the tools of a pinned server differ from the approved ones, with their present descriptions and schemas: a server could hide instructions there.
 * What is confirmed is what is shown; when the server changes its tools meanwhile, the confirmation is refused.
 */
export function ChangedTools({ label, tools: { data, changed, digest }, canConfirm }: Props) {
  const confirm = useConfirmTools(label);
  return (
    <section className={styles['changed']} aria-label={t('servers.changed')}>
      <h3>{t('servers.changed')}</h3>
      <p>{t('servers.changed.more')}</p>
      <ul className={styles['rows']}>
        {changed.map(({ name, change }) => {
          const tool = data.find(({ server_tool_name: own }) => own === name);
          return (
            <li key={name}>
              <p>
                <code translate="no">{name}</code> {t(`servers.change.${change}`)}
              </p>
              {tool && (
                <>
                  <p className={styles['description']} translate="no">
                    {tool.description}
                  </p>
                  <TextBlock text={JSON.stringify(tool.parameters)} name={`${tool.name}.schema.json`} />
                </>
              )}
            </li>
          );
        })}
      </ul>
      <Fault error={confirm.error} />
      {canConfirm && digest !== null ? (
        <Actions>
          <Button
            kind="primary"
            icon={<CheckIcon />}
            disabled={confirm.isPending}
            onClick={() => confirm.mutate(digest)}
          >
            {t('servers.confirm')}
          </Button>
        </Actions>
      ) : (
        <p>{t('servers.confirm.owner')}</p>
      )}
    </section>
  );
}
