import { CheckIcon, XIcon } from '@primer/octicons-react';
import { useId } from 'react';
import { abilities, type Model, useModels } from '../api/content/models.ts';
import { t } from '../i18n/t.ts';
import { Field } from '../ui/field.tsx';
import styles from './content.module.css';

interface Props {
  model: string | null;
  onChange: (model: string | null) => void;
}

/** The model, by any name that the server accepts, with what is known of its abilities. */
export function ModelField({ model, onChange }: Props) {
  const models = useModels();
  const list = useId();
  const chosen = models.data?.find(({ id }) => id === model);
  return (
    <div className={styles['group']}>
      <Field label={t('content.model')}>
        <input
          list={list}
          value={model ?? ''}
          placeholder={models.data?.[0]?.id ?? 'default'}
          translate="no"
          onChange={({ target }) => onChange(target.value === '' ? null : target.value)}
        />
      </Field>
      <datalist id={list}>
        {models.data?.map(({ id, owned_by: owner }) => (
          <option key={id} value={id} label={owner} />
        ))}
      </datalist>
      {chosen && <Abilities model={chosen} />}
    </div>
  );
}

function Abilities({ model: { capabilities = {}, context_window: context } }: { model: Model }) {
  return (
    <ul className={styles['chips']} aria-label={t('content.abilities')}>
      {abilities.map((ability) => {
        const can = capabilities[ability];
        return can === undefined ? null : (
          <li key={ability} className={styles[can ? 'can' : 'cannot']}>
            {can ? <CheckIcon size={12} /> : <XIcon size={12} />}
            {t(`content.ability.${ability}`)}
            {!can && <span className="visually-hidden">{t('content.ability.not')}</span>}
          </li>
        );
      })}
      {context !== undefined && <li>{t('content.context', { tokens: context })}</li>}
    </ul>
  );
}
