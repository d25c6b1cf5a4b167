import { type InputItem, partsOf } from '@antiphon/contracts';
import type { Egress } from '@antiphon/service-kit';

/**
 * Refuses links to images and files that this server could not request itself. The provider fetches them, perhaps from within a private
 * network. Throws `invalid_request`.
 */
export function checkLinks(egress: Pick<Egress, 'checkUrl'>, items: readonly InputItem[]): void {
  for (const part of items.flatMap(partsOf)) {
    if ((part.type === 'image' || part.type === 'file') && part.url !== '' && !/^data:/i.test(part.url))
      egress.checkUrl(part.url, part.type === 'image' ? 'image_url' : 'file_url');
  }
}
