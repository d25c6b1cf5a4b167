import { t } from '../i18n/t.ts';
import { Field } from '../ui/field.tsx';
import { setPreferences, systemTimeZone, themes, usePreferences } from './preferences.ts';
import { Section } from './section.tsx';
import styles from './settings.module.css';

const zones = [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];

/** The theme and the time zone of this browser. They take effect at once. */
export function Display() {
  const { theme, timeZone } = usePreferences();
  return (
    <Section title={t('settings.display')}>
      <div className={styles['fields']}>
        <Field label={t('settings.theme')}>
          <select
            value={theme}
            onChange={({ target }) =>
              setPreferences({ theme: themes.find((name) => name === target.value) ?? 'system' })
            }
          >
            {themes.map((name) => (
              <option key={name} value={name}>
                {t(`settings.theme.${name}`)}
              </option>
            ))}
          </select>
        </Field>
        <Field label={t('settings.zone')} hint={t('settings.zone.hint')}>
          <select
            value={timeZone ?? ''}
            onChange={({ target }) => setPreferences({ timeZone: target.value || null })}
          >
            <option value="">{t('settings.zone.system', { zone: systemTimeZone() })}</option>
            {zones.map((zone) => (
              <option key={zone} value={zone} translate="no">
                {zone}
              </option>
            ))}
          </select>
        </Field>
      </div>
    </Section>
  );
}
