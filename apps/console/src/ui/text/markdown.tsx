import { memo } from 'react';
import Markdown, { type Components } from 'react-markdown';
import styles from './markdown.module.css';

/**
 * Text of a model as Markdown. Raw HTML stays text, links open elsewhere without a referrer, and images stay links, since loading one would tell
 * its server that the text was read.
 */
export const ModelText = memo(function ModelText({ text }: { text: string }) {
  return (
    <div className={styles['text']} translate="no">
      <Markdown components={components} skipHtml={false}>
        {text}
      </Markdown>
    </div>
  );
});

const components: Components = {
  a: ({ href, children }) => (
    <a href={href} target="_blank" rel="noreferrer noopener nofollow">
      {children}
    </a>
  ),
  img: ({ src, alt }) =>
    typeof src === 'string' && src.startsWith('data:image/') ? (
      <img src={src} alt={alt ?? ''} />
    ) : (
      <a href={typeof src === 'string' ? src : undefined} target="_blank" rel="noreferrer noopener nofollow">
        {alt || src}
      </a>
    ),
};
