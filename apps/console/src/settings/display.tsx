import { useId, useState } from 'react';
import { t } from '../i18n/t.ts';
import { Field } from '../ui/field.tsx';
import { setPreferences, systemTimeZone, themes, usePreferences } from './preferences.ts';
import { Section } from './section.tsx';
import styles from './settings.module.css';

const zones = [...new Set(['UTC', ...Intl.supportedValuesOf('timeZone')])];

/** The theme and the time zone of this browser. They take effect at once. */
export function Display() {
  const { theme } = usePreferences();
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
        <TimeZoneField />
      </div>
    </Section>
  );
}

/** A field that offers the names of zones while the user types. Without a zone the system's is used. */
function TimeZoneField() {
  const { timeZone } = usePreferences();
  const [typed, setTyped] = useState(timeZone ?? '');
  const [isOpen, setIsOpen] = useState(false);
  const list = useId();
  const change = (text: string) => {
    setTyped(text);
    if (text === '' || zones.includes(text)) setPreferences({ timeZone: text || null });
  };
  return (
    <Field label={t('settings.zone')} hint={t('settings.zone.hint')}>
      <input
        list={list}
        value={typed}
        translate="no"
        placeholder={systemTimeZone()}
        onChange={({ target }) => change(target.value)}
        onFocus={() => setIsOpen(true)}
        onBlur={() => {
          setIsOpen(false);
          setTyped(timeZone ?? '');
        }}
      />
      <datalist id={list} translate="no">
        {isOpen && zones.map((zone) => <option key={zone} value={zone} />)}
      </datalist>
    </Field>
  );
}
