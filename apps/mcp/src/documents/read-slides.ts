import { Parser } from 'htmlparser2';
import type { OfficeArchive } from './office-archive.ts';
import { eachElement, relationsOf } from './xml.ts';

export const presentationPart = 'ppt/presentation.xml';

/** The text of a presentation: its slides in their order, each with its notes. */
export function readSlides(archive: OfficeArchive): string {
  const slides = relationsOf(archive, presentationPart);
  const texts = slideIds(archive.text(presentationPart)).flatMap((id, place) => {
    const slide = slides.get(id)?.target;
    if (slide === undefined) return [];
    const notes = [...relationsOf(archive, slide).values()].find(({ type }) => type.endsWith('/notesSlide'));
    const parts = [slide, ...(notes ? [notes.target] : [])].map((part) => paragraphsOf(archive.text(part)));
    const shown = parts.filter((text) => text !== '');
    return shown.length === 0 ? [] : [`Slide ${place + 1}\n${shown.join('\n\n')}`];
  });
  return texts.join('\n\n');
}

function slideIds(presentation: string): string[] {
  const ids: string[] = [];
  eachElement(presentation, (name, attributes) => {
    const id = attributes['r:id'];
    if (name === 'p:sldId' && id !== undefined) ids.push(id);
  });
  return ids;
}

/** The text of a part in DrawingML, a line for each paragraph. Fields, such as the number of a slide, are left out. */
function paragraphsOf(xml: string): string {
  let text = '';
  let isShown = false;
  let fields = 0;
  const parser = new Parser(
    {
      onopentag(name) {
        if (name === 'a:fld') fields += 1;
        if (name === 'a:t') isShown = true;
        if (name === 'a:br') text += '\n';
      },
      ontext(data) {
        if (isShown && fields === 0) text += data;
      },
      onclosetag(name) {
        if (name === 'a:fld') fields -= 1;
        if (name === 'a:t') isShown = false;
        if (name === 'a:p') text += '\n';
      },
    },
    { xmlMode: true },
  );
  parser.end(xml);
  return text.replace(/\n{2,}/g, '\n').trim();
}
