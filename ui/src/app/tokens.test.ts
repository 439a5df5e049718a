import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";

const css = readFileSync(resolve(import.meta.dirname, "tokens.css"), "utf8");

function tokens(scheme: "light" | "dark"): Record<string, string> {
  const block = new RegExp(`\\[data-mantine-color-scheme="${scheme}"\\] \\{([^}]*)\\}`).exec(css)?.[1] ?? "";
  return Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((found) => [found[1], found[2]]));
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

const grounds = ["bg", "panel", "code", "sel", "hover"];
const pairs: [string, string][] = [
  ...grounds.flatMap((ground) => ["text", "dim", "accent", "ok", "no", "bad"].map((text): [string, string] => [text, ground])),
  ...["code-keyword", "code-string", "code-name", "code-number", "code-comment"].flatMap((text) => [[text, "code"], [text, "no-soft"], [text, "bad-soft"]] as [string, string][]),
  ["on-accent", "accent"], ["on-bad", "bad"], ["ok", "ok-soft"], ["no", "no-soft"], ["bad", "bad-soft"], ["text", "ok-soft"], ["text", "no-soft"],
  ["text", "bad-soft"], ["accent", "accent-soft"],
];

describe.each(["light", "dark"] as const)("%s colours", (scheme) => {
  const colours = tokens(scheme);
  it.each(pairs)("%s on %s reads at 4.5 to 1", (text, ground) => {
    const [one, other] = [colours[text], colours[ground]];
    expect(one, text).toBeDefined();
    expect(other, ground).toBeDefined();
    expect(contrast(one ?? "", other ?? "")).toBeGreaterThanOrEqual(4.5);
  });
});
