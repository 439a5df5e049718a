import { fireEvent } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { expectAccessible, openWindow, screen, waitFor } from "../test/window";
import { useDesk } from "./desk";

type Opened = Awaited<ReturnType<typeof openWindow>>;
const at = (id: string) => async ({ user }: Opened) => user.click(await screen.findByTestId(id));

const SCREENS: [string, boolean, (opened: Opened) => Promise<unknown>][] = [
  ["welcome", false, async () => undefined],
  ["scripts", true, async () => undefined],
  ["a verdict", true, async (opened) => { await at("try-run")(opened); await screen.findByTestId("verdict", {}, { timeout: 5000 }); }],
  ["versions", true, at("drawer-versions")],
  ["migration", true, async (opened) => { await at("tab-migration")(opened); await screen.findByTestId("failures"); }],
  ["secrets", true, async (opened) => { await at("tab-secrets")(opened); await screen.findByTestId("secret-CUSTOMERS_PEPPER"); }],
  ["setting a secret", true, async (opened) => { await at("tab-secrets")(opened); await at("secret-set-CUSTOMERS_PEPPER")(opened); await screen.findByTestId("secret-value"); }],
  ["connection", true, async (opened) => { await at("tab-connection")(opened); await at("test-run")(opened); await screen.findByTestId("test-verdict"); }],
  ["export", true, async (opened) => { await at("export-open")(opened); await screen.findByTestId("export-files"); }],
  ["import", true, async (opened) => { await at("import-open")(opened); await at("import-file")(opened); await screen.findByTestId("import-connections"); }],
  ["settings", true, at("tab-settings")],
  ["the palette", true, async (opened) => { await at("palette-open")(opened); await screen.findByTestId("palette-input"); }],
];

describe.each(["light", "dark"] as const)("accessible in %s", (scheme) => {
  it.each(SCREENS)("%s", async (_name, open, go) => {
    const opened = await openWindow({ open, scheme });
    await go(opened);
    expect(document.documentElement).toHaveAttribute("data-mantine-color-scheme", scheme);
    await expectAccessible();
  });
});

describe("the frame", () => {
  it("switches between light and dark", async () => {
    const { user } = await openWindow();
    expect(document.documentElement).toHaveAttribute("data-mantine-color-scheme", "light");
    await user.click(screen.getByTestId("theme-toggle"));
    await waitFor(() => expect(document.documentElement).toHaveAttribute("data-mantine-color-scheme", "dark"));
  });

  it("goes anywhere with Ctrl+K", async () => {
    const { user } = await openWindow();
    fireEvent.keyDown(document.documentElement, { key: "k", code: "KeyK", ctrlKey: true });
    await user.type(await screen.findByTestId("palette-input"), "change_em{Enter}");
    expect(await screen.findByTestId("tab-customers/change_email")).toBeVisible();
    expect(useDesk.getState().active).toEqual({ connection: "customers", action: "change_email" });
  });

  it("moves the focus from region to region with F6", async () => {
    await openWindow();
    const labels: (string | null)[] = [];
    for (let step = 0; step < 5; step += 1) {
      fireEvent.keyDown(document.activeElement ?? document.body, { key: "F6", code: "F6" });
      labels.push(document.activeElement?.getAttribute("aria-label") ?? null);
    }
    expect(labels).toEqual(["Screens", "Connections", "Script", "Output", "Try"]);
  });

  it("says that a try is safe, what the vault is, and what scripts may reach", async () => {
    await openWindow();
    const bar = screen.getByText("safe try: writes are rolled back or held back").parentElement;
    await waitFor(() => expect(bar).toHaveTextContent("keychain:unlocked"));
    expect(bar).toHaveTextContent("customers may reach files in this folder and legacy.sqlite, nothing else");
  });
});
