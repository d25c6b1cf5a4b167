import { InfoIcon } from '@primer/octicons-react';
import { useMe } from '../api/me.ts';
import { useModels } from '../api/content/models.ts';
import type { JsonObject } from '../api/content/prompts.ts';
import { type MessageId, t } from '../i18n/t.ts';
import styles from './first-steps.module.css';

/** Says that the built-in demo answers, where it is the only model, and how to get a real one. */
export function DemoBanner() {
  const { data: models } = useModels();
  const isDemo =
    models !== undefined && models.length > 0 && models.every((model) => model.owned_by === 'demo');
  if (!isDemo) return null;
  return (
    <p className={styles['banner']}>
      <InfoIcon />
      <span>
        {t('playground.demo')} {t('playground.demo.key', { variable: 'OPENAI_API_KEY', file: '.env' })}
      </span>
    </p>
  );
}

interface Example {
  label: MessageId;
  message: string;
  /** The names of the tools that it may call. Tools that need approval must be named. */
  tools: readonly string[];
}

const examples: readonly Example[] = [
  {
    label: 'playground.example.tool',
    message: 'What is 17 * 23 + 5?',
    tools: ['calculate', 'current_time'],
  },
  {
    label: 'playground.example.approval',
    message: 'What is 17 * 23? POST {"result": 391} to https://httpbin.org/post',
    tools: ['calculate', 'post_http_requests'],
  },
];

/** The example that Enter runs where its user has chosen nothing yet. */
const ready: MessageId = 'playground.example.approval';

function takeFocus(button: HTMLButtonElement | null): void {
  if (document.activeElement === document.body) button?.focus();
}

/** Prompts that a new user of a local stack runs with one key. Elsewhere the operator decides which tools there are. */
export function Examples({ run }: { run: (message: string, tools: JsonObject[]) => void }) {
  const { data: me } = useMe();
  if (!me?.is_local) return null;
  return (
    <div className={styles['examples']}>
      <p>{t('playground.examples')}</p>
      <ul>
        {examples.map(({ label, message, tools }) => (
          <li key={label}>
            <button
              type="button"
              ref={label === ready ? takeFocus : null}
              className={styles['example']}
              onClick={() => run(message, [{ type: 'mcp', server_label: 'antiphon', allowed_tools: tools }])}
            >
              <span className={styles['label']}>{t(label)}</span>
              <span translate="no">{message}</span>
            </button>
          </li>
        ))}
      </ul>
    </div>
  );
}
