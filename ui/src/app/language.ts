/**
 * Gives the browser a language that its own functions take. On a system without a locale (`LANG=C`) WebKit calls the
 * language `C`, and `new Intl.NumberFormat("C")` throws: the chart library asks exactly that while it loads.
 */
export function mendLanguage(browser: Navigator): void {
  try {
    Intl.getCanonicalLocales(browser.language);
  } catch {
    Object.defineProperty(browser, "language", { value: "en-US", configurable: true });
    Object.defineProperty(browser, "languages", { value: ["en-US"], configurable: true });
  }
}

mendLanguage(navigator);
