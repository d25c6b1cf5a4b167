import { PlusIcon } from '@primer/octicons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { promptsRoute } from '../app/router.tsx';
import { type PromptLabels, usePrompts } from '../api/content/prompts.ts';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Failure, Loading, Notice } from '../ui/page-states.tsx';
import { Time } from '../ui/text/time.tsx';
import styles from './prompts.module.css';

/** The caller's prompts, newest first, found by name and tag. The filters are in the address. */
export function PromptsPage() {
  const filters = promptsRoute.useSearch();
  const navigate = useNavigate();
  const prompts = usePrompts(filters);
  const rows = prompts.data?.pages.flatMap(({ data }) => data) ?? [];
  const isFiltered = Boolean(filters.name ?? filters.tag);
  const create = () => void navigate({ to: '/new-prompt' });
  return (
    <div className={styles['page']}>
      <PageHead title={t('nav.prompts')}>
        <Button kind="primary" icon={<PlusIcon />} onClick={create}>
          {t('prompts.new')}
        </Button>
      </PageHead>
      <Filters />
      {prompts.isPending && <Loading rows={6} />}
      {prompts.isError && <Failure error={prompts.error} retry={() => void prompts.refetch()} />}
      {prompts.isSuccess && rows.length === 0 && (
        <Notice title={t(isFiltered ? 'prompts.empty.filtered' : 'prompts.empty')}>
          {isFiltered ? (
            <Button onClick={() => void navigate({ to: '/prompts', search: {} })}>{t('filter.clear')}</Button>
          ) : (
            <>
              <p>{t('prompts.empty.more')}</p>
              <Button icon={<PlusIcon />} onClick={create}>
                {t('prompts.new')}
              </Button>
            </>
          )}
        </Notice>
      )}
      <ul className={styles['rows']}>
        {rows.map((prompt) => (
          <li key={prompt.id}>
            <Row prompt={prompt} />
          </li>
        ))}
      </ul>
      {prompts.hasNextPage && (
        <Button className={styles['more'] ?? ''} onClick={() => void prompts.fetchNextPage()}>
          {t('list.more')}
        </Button>
      )}
    </div>
  );
}

function Filters() {
  const { name = '', tag = '' } = promptsRoute.useSearch();
  const navigate = useNavigate();
  return (
    <form
      className={styles['filters']}
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        const given = new FormData(event.currentTarget);
        void navigate({
          to: '/prompts',
          search: { name: textIn(given, 'name'), tag: textIn(given, 'tag') },
        });
      }}
    >
      <input
        key={`name ${name}`}
        type="search"
        name="name"
        defaultValue={name}
        aria-label={t('prompts.filter.name')}
        placeholder={t('prompts.filter.name')}
      />
      <input
        key={`tag ${tag}`}
        type="search"
        name="tag"
        defaultValue={tag}
        aria-label={t('prompts.filter.tag')}
        placeholder={t('prompts.filter.tag')}
      />
      <Button type="submit">{t('prompts.filter.find')}</Button>
    </form>
  );
}

function textIn(form: FormData, name: string): string | undefined {
  const value = form.get(name);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function Row({ prompt }: { prompt: PromptLabels }) {
  const { id, name, description, tags, default_version: version, latest_version: latest } = prompt;
  return (
    <Link to="/prompts/$id" params={{ id }} className={styles['row'] ?? ''}>
      <span className={styles['name']} translate="no">
        {name}
      </span>
      <span className={styles['facts']} translate="no">
        {description ?? id}
      </span>
      <span className={styles['tags']} translate="no">
        {tags.map((tag) => (
          <span key={tag} className={styles['tag']}>
            {tag}
          </span>
        ))}
      </span>
      <span className={styles['facts']}>
        {version === latest
          ? t('prompts.version', { version })
          : t('prompts.version.behind', { version, latest })}
      </span>
      <Time iso={new Date(prompt.updated_at * 1_000).toISOString()} className={styles['facts'] ?? ''} />
    </Link>
  );
}
