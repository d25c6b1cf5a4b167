import { type InputItem, partsOf } from '@antiphon/contracts';
import type { Egress } from '@antiphon/service-kit';

/**
 * Images and files that a request only names are for the provider to get, which may stand in a network of its own: what could not be asked
 * from here is not to be asked from there. Throws `invalid_request`.
 */
export function checkLinks(egress: Pick<Egress, 'checkUrl'>, items: readonly InputItem[]): void {
  for (const part of items.flatMap(partsOf)) {
    if ((part.type === 'image' || part.type === 'file') && !/^data:/i.test(part.url))
      egress.checkUrl(part.url, part.type === 'image' ? 'image_url' : 'file_url');
  }
}
