import { Tabs as BaseTabs } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';
import styles from './tabs.module.css';

export interface Tab<Name extends string> {
  name: Name;
  label: string;
  isDisabled?: boolean;
  content: ReactNode;
}

/** Views of one thing, of which one is shown. The others are not rendered. */
export function Tabs<Name extends string>({
  label,
  tabs,
  shown,
  onShow,
}: {
  label: string;
  tabs: readonly Tab<Name>[];
  shown: Name;
  onShow: (name: Name) => void;
}) {
  return (
    <BaseTabs.Root value={shown} onValueChange={(name: Name) => onShow(name)} className={styles['root']}>
      <BaseTabs.List className={styles['list']} aria-label={label}>
        {tabs.map(({ name, label: text, isDisabled = false }) => (
          <BaseTabs.Tab key={name} value={name} disabled={isDisabled} className={styles['tab']}>
            {text}
          </BaseTabs.Tab>
        ))}
      </BaseTabs.List>
      {tabs.map(({ name, content }) => (
        <BaseTabs.Panel key={name} value={name} className={styles['panel']}>
          {content}
        </BaseTabs.Panel>
      ))}
    </BaseTabs.Root>
  );
}
