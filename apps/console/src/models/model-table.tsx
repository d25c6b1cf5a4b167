import { PlayIcon } from '@primer/octicons-react';
import { Link } from '@tanstack/react-router';
import { abilities, type Model } from '../api/content/models.ts';
import { t } from '../i18n/t.ts';
import { Badge } from '../ui/badge.tsx';
import styles from './models.module.css';

/** Models with what is known of them. On narrow screens each cell shows the name of its column before it. */
export function ModelTable({ models }: { models: readonly Model[] }) {
  return (
    <table className={styles['models']}>
      <thead>
        <tr>
          <th scope="col">{t('models.model')}</th>
          <th scope="col">{t('models.provider')}</th>
          <th scope="col">{t('content.abilities')}</th>
          <th scope="col" className={styles['number']}>
            {t('models.context')}
          </th>
          <th scope="col" className={styles['number']}>
            {t('models.price')}
          </th>
          <td />
        </tr>
      </thead>
      <tbody>
        {models.map((model) => (
          <ModelRow key={model.id} model={model} />
        ))}
      </tbody>
    </table>
  );
}

function ModelRow({ model }: { model: Model }) {
  const {
    id,
    owned_by: owner,
    capabilities = {},
    context_window: context,
    max_output_tokens: output,
  } = model;
  const known = abilities.filter((ability) => capabilities[ability]);
  return (
    <tr>
      <th scope="row" translate="no">
        {id}
      </th>
      <td data-name={t('models.provider')} translate="no">
        {owner}
      </td>
      <td data-name={t('content.abilities')}>
        {known.length === 0 && t('models.unknown')}
        <span className={styles['abilities']}>
          {known.map((ability) => (
            <Badge key={ability}>{t(`content.ability.${ability}`)}</Badge>
          ))}
        </span>
      </td>
      <td data-name={t('models.context')} className={styles['number']}>
        {context === undefined ? t('models.unknown') : tokens.format(context)}
        {output !== undefined && (
          <span className={styles['more']}>{t('models.output', { count: tokens.format(output) })}</span>
        )}
      </td>
      <td data-name={t('models.price')} className={styles['number']}>
        <Price pricing={model.pricing} />
      </td>
      <td className={styles['action']}>
        <Link to="/playground" search={{ model: id }}>
          <PlayIcon size={14} /> {t('models.use')}
          <span className="visually-hidden" translate="no">
            {id}
          </span>
        </Link>
      </td>
    </tr>
  );
}

function Price({ pricing }: { pricing: Model['pricing'] }) {
  if (!pricing) return t('models.unknown');
  const { input, output, input_cache_read: cached } = pricing;
  return (
    <>
      <span translate="no">{`${perMillion(input)} / ${perMillion(output)}`}</span>
      {cached !== undefined && (
        <span className={styles['more']}>{t('models.cached', { price: perMillion(cached) })}</span>
      )}
    </>
  );
}

const tokens = new Intl.NumberFormat(undefined, { notation: 'compact', maximumFractionDigits: 1 });
const dollars = new Intl.NumberFormat(undefined, {
  style: 'currency',
  currency: 'USD',
  minimumFractionDigits: 2,
  maximumFractionDigits: 4,
});

/** The price of a million tokens. */
function perMillion(perToken: string): string {
  return dollars.format(Number(perToken) * 1_000_000);
}
