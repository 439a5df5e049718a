import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { styleNonce } from "./nonce";

const page = readFileSync(resolve(import.meta.dirname, "../../index.html"), "utf8");

describe("content security policy", () => {
  afterEach(() => document.head.replaceChildren());

  it("needs no inline script, no handler and no data: address in the page", () => {
    const scripts = [...page.matchAll(/<script\b([^>]*)>([^<]*)<\/script>/g)];
    expect(scripts.map(([, attributes, text]) => [attributes?.includes(" src="), text])).toEqual([[true, ""]]);
    expect(page).not.toMatch(/\son\w+=|data:|javascript:|https?:/);
  });

  it("hands the nonce of the page's one style on to Mantine and the editor", () => {
    expect(page.match(/<style\b/g)).toHaveLength(1);
    expect(styleNonce()).toBe("");
    const style = document.createElement("style");
    style.setAttribute("nonce", "n-123");
    style.nonce = "n-123";
    document.head.append(style);
    expect(styleNonce()).toBe("n-123");
  });
});
