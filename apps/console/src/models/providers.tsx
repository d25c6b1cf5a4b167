import { useId } from 'react';
import { useMe } from '../api/me.ts';
import { t } from '../i18n/t.ts';
import { Badge, type Tone } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { Fault } from '../ui/fault.tsx';
import { formatDuration } from '../ui/text/duration.ts';
import { Loaded, Notice } from '../ui/page-states.tsx';
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
  return (
    <Loaded query={providers}>
      {(data) =>
        data.length === 0 ? (
          <Notice title={t('models.providers.empty')} />
        ) : (
          <ul className={styles['cards']}>
            {data.map((provider) => (
              <li key={provider.name}>
                <ProviderCard provider={provider} />
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}

const tones: Record<Provider['health'], Tone> = { ok: 'good', cooling: 'wait', open: 'bad', probing: 'wait' };

function ProviderCard({ provider }: { provider: Provider }) {
  const { name, enabled, disabled_by: disabledBy, health, open_for_ms: openForMs, cooldowns } = provider;
  const toggle = useSwitchProvider(name);
  return (
    <article className={styles['card']} aria-label={name}>
      <header className={styles['head']}>
        <h3 translate="no">{name}</h3>
        <Badge tone={enabled ? tones[health] : 'plain'}>
          {t(enabled ? `models.health.${health}` : `models.off.${disabledBy ?? 'administrator'}`)}
        </Badge>
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
      <Fault error={toggle.error} />
    </article>
  );
}
