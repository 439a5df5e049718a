import { describe, expect, it } from "vitest";
import { mendLanguage } from "./language";

function browser(language: string): Navigator {
  return Object.create({ language, languages: [language] }) as Navigator;
}

describe("mendLanguage", () => {
  it("replaces what a system without a locale calls its language", () => {
    const found = browser("C");
    expect(() => new Intl.NumberFormat(found.language)).toThrow(RangeError);
    mendLanguage(found);
    expect(new Intl.NumberFormat(found.language).format(1204)).toBe("1,204");
    expect(found.languages).toEqual(["en-US"]);
  });

  it("leaves a real language alone", () => {
    const found = browser("sv-SE");
    mendLanguage(found);
    expect(found.language).toBe("sv-SE");
  });
});
