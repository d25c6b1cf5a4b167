import type { AttributeFilter } from '@antiphon/contracts';

const operators = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

/** The condition in SQL, over the column `attributes`. `add` takes a value and returns its parameter. */
export function filterSql(filter: AttributeFilter, add: (value: unknown) => string): string {
  if ('filters' in filter) {
    const conditions = filter.filters.map((each) => filterSql(each, add));
    return `(${conditions.join(` ${filter.type} `)})`;
  }
  const attribute = `attributes -> ${add(filter.key)}::text`;
  switch (filter.type) {
    case 'eq':
      return `coalesce(${attribute} = ${add(JSON.stringify(filter.value))}::jsonb, false)`;
    case 'ne':
      return `(${attribute} is distinct from ${add(JSON.stringify(filter.value))}::jsonb)`;
    case 'in':
    case 'nin': {
      const values = add(filter.value.map((value) => JSON.stringify(value)));
      const isIn = `coalesce(${attribute} = any (${values}::text[]::jsonb[]), false)`;
      return filter.type === 'in' ? isIn : `(not ${isIn})`;
    }
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte': {
      const value = `${add(JSON.stringify(filter.value))}::jsonb`;
      const isOrdered = `jsonb_typeof(${attribute}) = jsonb_typeof(${value})`;
      return `coalesce(${isOrdered} and ${attribute} ${operators[filter.type]} ${value}, false)`;
    }
  }
}
