import { useId } from 'react';
import { useMe } from '../api/me.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { formatDuration } from '../ui/text/duration.ts';
import { Failure, Loading, Notice } from '../ui/page-states.tsx';
import styles from './models.module.css';
import { type Provider, useProviders, useSwitchProvider } from './providers-api.ts';

/** The providers with their health and a switch, for administrators; others read which scope it takes. */
export function Providers() {
  const id = useId();
  const me = useMe();
  return (
    <section className={styles['providers']} aria-labelledby={id}>
      <h2 id={id}>{t('models.providers')}</h2>
      {me.data && !me.data.permissions.administer && (
        <p className={styles['hint']}>{t('models.providers.scope')}</p>
      )}
      {me.data?.permissions.administer && <ProviderList />}
    </section>
  );
}

function ProviderList() {
  const providers = useProviders();
  if (providers.isPending) return <Loading rows={3} />;
  if (providers.isError) return <Failure error={providers.error} retry={() => void providers.refetch()} />;
  if (providers.data.length === 0) return <Notice title={t('models.providers.empty')} />;
  return (
    <ul className={styles['cards']}>
      {providers.data.map((provider) => (
        <li key={provider.name}>
          <ProviderCard provider={provider} />
        </li>
      ))}
    </ul>
  );
}

function ProviderCard({ provider }: { provider: Provider }) {
  const { name, enabled, disabled_by: disabledBy, health, open_for_ms: openForMs, cooldowns } = provider;
  const toggle = useSwitchProvider(name);
  return (
    <article className={styles['card']} aria-label={name}>
      <header className={styles['head']}>
        <h3 translate="no">{name}</h3>
        <span className={styles['health']} data-health={enabled ? health : 'off'}>
          {t(enabled ? `models.health.${health}` : `models.off.${disabledBy ?? 'administrator'}`)}
        </span>
        {disabledBy !== 'file' && (
          <Button disabled={toggle.isPending} onClick={() => toggle.mutate(!enabled)}>
            {t(enabled ? 'models.switchOff' : 'models.switchOn')}
            <span className="visually-hidden" translate="no">
              {name}
            </span>
          </Button>
        )}
      </header>
      <p className={styles['hint']}>
        {t('models.load', { running: provider.requests_under_way, waiting: provider.requests_waiting })}
      </p>
      {openForMs > 0 && <p>{t('models.openFor', { time: formatDuration(openForMs) })}</p>}
      {cooldowns.map(({ model, reason, ends_in_ms: endsInMs }) => (
        <p key={`${model ?? ''} ${reason}`}>
          {model === null ? t('models.cooldown.all') : <code translate="no">{model}</code>}{' '}
          {t(`models.cooldown.${reason}`, { time: formatDuration(endsInMs) })}
        </p>
      ))}
      {toggle.isError && (
        <p className={styles['fault']} role="alert" translate="no">
          {toggle.error.message}
        </p>
      )}
    </article>
  );
}
