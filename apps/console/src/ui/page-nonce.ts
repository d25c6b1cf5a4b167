/** The nonce that the content security policy of this page gives to styles. The browser hides the attribute, but not the property. */
export function pageNonce(): string | undefined {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce;
}
