/** The style nonce the window put on the page's one inline style; Mantine and the editor need it for theirs. */
export function styleNonce(): string {
  return document.querySelector<HTMLStyleElement>("style[nonce]")?.nonce ?? "";
}
