import { t } from '../i18n/t.ts';

/** A decision as a sentence. Programs may decide by other actions than people, such as by sending the output of a call. */
export function decisionText(action: string, by: string | null): string {
  switch (action) {
    case 'accept':
    case 'edit':
    case 'reject':
    case 'feedback':
      return t(`approval.was.${action}`, { by: by ?? '' });
    default:
      return t('approval.was.other', { action, by: by ?? '' });
  }
}
