import { useNavigate } from '@tanstack/react-router';
import { useModels } from '../api/content/models.ts';
import { modelsRoute } from '../app/router.tsx';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Failure, Loading, Notice } from '../ui/page-states.tsx';
import { TextFilter } from '../ui/text-filter.tsx';
import { ModelTable } from './model-table.tsx';
import { filtered, type ModelsSearch } from './models-search.ts';
import styles from './models.module.css';
import { Providers } from './providers.tsx';

/** The models that the user may use, and for administrators the providers that serve them. */
export function ModelsPage() {
  const search = modelsRoute.useSearch();
  const navigate = useNavigate();
  const models = useModels();
  const all = models.data ?? [];
  const rows = filtered(all, search);
  const go = (changes: ModelsSearch) =>
    void navigate({ to: '/models', search: { ...search, ...changes }, replace: true });
  return (
    <>
      <PageHead title={t('nav.models')} />
      <form className={styles['filters']} role="search" onSubmit={(event) => event.preventDefault()}>
        <TextFilter label={t('models.filter.text')} value={search.q} onChange={(q) => go({ q })} />
        <ProviderFilter
          providers={all.map(({ owned_by: owner }) => owner)}
          value={search.provider}
          onChange={(provider) => go({ provider })}
        />
      </form>
      <div className={styles['content']}>
        {models.isPending && <Loading rows={8} />}
        {models.isError && <Failure error={models.error} retry={() => void models.refetch()} />}
        {models.isSuccess && rows.length === 0 && (
          <Notice title={t(all.length === 0 ? 'models.empty' : 'models.empty.filtered')}>
            {all.length === 0 ? (
              <p>{t('models.empty.more')}</p>
            ) : (
              <Button onClick={() => void navigate({ to: '/models', search: {} })}>{t('runs.clear')}</Button>
            )}
          </Notice>
        )}
        {rows.length > 0 && <ModelTable models={rows} />}
        <Providers />
      </div>
    </>
  );
}

function ProviderFilter({
  providers,
  value,
  onChange,
}: {
  providers: readonly string[];
  value: string | undefined;
  onChange: (provider: string | undefined) => void;
}) {
  const names = new Set(value === undefined ? providers : [...providers, value]);
  return (
    <Field label={t('models.provider')}>
      <select value={value ?? ''} onChange={({ target }) => onChange(target.value || undefined)}>
        <option value="">{t('runs.filter.all')}</option>
        {[...names].toSorted().map((name) => (
          <option key={name} value={name} translate="no">
            {name}
          </option>
        ))}
      </select>
    </Field>
  );
}
