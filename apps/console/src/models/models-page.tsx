import { useNavigate } from '@tanstack/react-router';
import { useModels } from '../api/content/models.ts';
import { modelsRoute } from '../app/router.tsx';
import { t } from '../i18n/t.ts';
import { Button } from '../ui/button.tsx';
import { ChoiceFilter, FilterBar, namedOptions } from '../ui/list/filter-bar.tsx';
import { PageHead } from '../ui/page-head.tsx';
import { Loaded, Notice } from '../ui/page-states.tsx';
import { TextFilter } from '../ui/list/text-filter.tsx';
import { ModelTable } from './model-table.tsx';
import { filtered, type ModelsSearch } from './models-search.ts';
import styles from './models.module.css';
import { Providers } from './providers.tsx';

/** The models that the user may use, and for administrators the providers that serve them. */
export function ModelsPage() {
  const search = modelsRoute.useSearch();
  const navigate = useNavigate();
  const models = useModels();
  const go = (changes: ModelsSearch) => void navigate({ to: '/models', search: { ...search, ...changes } });
  const providers = models.data?.map(({ owned_by: owner }) => owner) ?? [];
  return (
    <>
      <PageHead title={t('nav.models')} />
      <FilterBar>
        <TextFilter label={t('models.filter.text')} value={search.q} onChange={(q) => go({ q })} />
        <ChoiceFilter
          label={t('models.provider')}
          value={search.provider}
          options={namedOptions(providers, search.provider)}
          onChange={(provider) => go({ provider })}
        />
      </FilterBar>
      <div className={styles['content']}>
        <Loaded query={models} rows={8}>
          {(all) => {
            const rows = filtered(all, search);
            if (rows.length > 0) return <ModelTable models={rows} />;
            return all.length === 0 ? (
              <Notice title={t('models.empty')}>
                <p>{t('models.empty.more')}</p>
              </Notice>
            ) : (
              <Notice title={t('models.empty.filtered')}>
                <Button onClick={() => void navigate({ to: '/models', search: {} })}>
                  {t('filter.clear')}
                </Button>
              </Notice>
            );
          }}
        </Loaded>
        <Providers />
      </div>
    </>
  );
}
