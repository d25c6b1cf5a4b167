import { t } from '../i18n/t.ts';
import { ChoiceFilter, FilterBar } from '../ui/list/filter-bar.tsx';
import { TextFilter } from '../ui/list/text-filter.tsx';
import { type DeliveryFilters, deliveryStatuses, useEndpoints } from './webhooks-api.ts';

/** The filters of the deliveries. */
export function DeliveryFilterBar({
  filters,
  onChange,
}: {
  filters: DeliveryFilters;
  onChange: (changes: DeliveryFilters) => void;
}) {
  const { data: endpoints = [] } = useEndpoints();
  return (
    <FilterBar>
      <ChoiceFilter
        label={t('runs.filter.status')}
        value={filters.status}
        options={deliveryStatuses.map((status) => ({ value: status, name: t(`webhooks.status.${status}`) }))}
        onChange={(status) => onChange({ status })}
      />
      <ChoiceFilter
        label={t('webhooks.endpoint')}
        value={filters.endpoint_id}
        options={endpoints.map(({ id, name, url }) => ({ value: id, name: name || url, isData: true }))}
        onChange={(endpoint) => onChange({ endpoint_id: endpoint })}
      />
      <TextFilter
        label={t('webhooks.filter.url')}
        value={filters.url}
        onChange={(url) => onChange({ url })}
      />
      <TextFilter
        label={t('webhooks.filter.run')}
        value={filters.response_id}
        onChange={(run) => onChange({ response_id: run?.trim() || undefined })}
      />
    </FilterBar>
  );
}
