import { describe, expect, it } from "vitest";
import { openWindow, screen, waitFor } from "../../test/window";
import { COUNT_STEPS, TIME_STEPS, timeLabels } from "./axes";
import { burnDown } from "./burnDown";

const DAY = 86_400;

describe("the migration board", () => {
  it("counts a user that just moved, with source and age of each number", async () => {
    const { user } = await openWindow();
    await user.click(screen.getByTestId("tab-migration"));
    await waitFor(() => expect(screen.getByTestId("count-migrated")).toHaveAttribute("data-value", "412"));
    expect(screen.getByTestId("count-total")).toHaveTextContent("1,000");
    expect(screen.getByTestId("count-left")).toHaveTextContent("588");
    expect(screen.getByTestId("migration")).toHaveTextContent(/legacy total from count_users\.js, [4-9]\d s ago/);
    await user.click(screen.getByTestId("tab-scripts"));
    await user.click(screen.getByTestId("flow-login"));
    await screen.findByTestId("verdict", {}, { timeout: 5000 });
    await user.click(screen.getByTestId("tab-migration"));
    await waitFor(() => expect(screen.getByTestId("count-migrated")).toHaveAttribute("data-value", "413"));
    expect(screen.getByTestId("percent-migrated")).toHaveTextContent("41.3 %");
  });

  it("follows what happens elsewhere while it is shown", async () => {
    const { user, world } = await openWindow();
    await user.click(screen.getByTestId("tab-migration"));
    await waitFor(() => expect(screen.getByTestId("count-migrated")).toHaveAttribute("data-value", "412"));
    world.migrated.set("someone@acme.test", "x");
    await waitFor(() => expect(screen.getByTestId("count-migrated")).toHaveAttribute("data-value", "413"), { timeout: 9000 });
  });

  it("leads from a missing secret to the secrets", async () => {
    const { user } = await openWindow({
      prepare: (world) => (world.countFault = { code: "unresolved_secret", message: "customers: no value for CUSTOMERS_PEPPER" }),
    });
    await user.click(screen.getByTestId("tab-migration"));
    expect(await screen.findByTestId("count-error")).toHaveTextContent("no value for CUSTOMERS_PEPPER");
    await user.click(screen.getByTestId("secrets-open"));
    expect(await screen.findByTestId("secret-CUSTOMERS_PEPPER")).toBeVisible();
  });

  it("leads from a refused address to where it is allowed", async () => {
    const { user } = await openWindow({
      prepare: (world) => (world.countFault = { code: "script_failed", message: "count_users.js: db.test:5432 is not among the hosts this connection may reach" }),
    });
    await user.click(screen.getByTestId("tab-migration"));
    await user.click(await screen.findByTestId("allow-open"));
    expect(await screen.findByTestId("allow-endpoint")).toHaveValue("db.test:5432");
  });

  it("lists failures by code", async () => {
    const { user } = await openWindow();
    await user.click(screen.getByTestId("tab-migration"));
    const failures = await screen.findByTestId("failures");
    expect(failures.querySelector("[data-code=fp]")).toHaveTextContent("failed login (wrong password)7");
    expect(screen.getByTestId("count-failed")).toHaveAttribute("data-value", "11");
  });

  it("counts the legacy store again when asked", async () => {
    const { user, called } = await openWindow();
    await user.click(screen.getByTestId("tab-migration"));
    await user.click(await screen.findByTestId("count-refresh"));
    await waitFor(() => expect(called.filter((call) => call.name === "counts").map((call) => call.parameters)).toContainEqual([expect.any(String), "customers", true]));
    await waitFor(() => expect(screen.getByTestId("migration")).toHaveTextContent(/legacy total from count_users\.js, \d s ago/));
  });

  it("stops a count that takes long", async () => {
    const { user, called, world } = await openWindow();
    await user.click(screen.getByTestId("tab-migration"));
    await screen.findByTestId("count-refresh");
    world.countTakesMs = 60_000;
    await user.click(screen.getByTestId("count-refresh"));
    await user.click(await screen.findByTestId("count-stop"));
    const counted = called.findLast((call) => call.name === "counts")?.parameters?.[0];
    expect(called.filter((call) => call.name === "stopRun").map((call) => call.parameters)).toEqual([[counted]]);
    await waitFor(() => expect(screen.getByTestId("migration")).toHaveTextContent(/stopped before it was done/));
  });

  it("says why the total is not known instead of showing a number", async () => {
    const { user } = await openWindow();
    await user.click(screen.getByTestId("connection-legacy-crm"));
    await user.click(screen.getByTestId("tab-migration"));
    expect(await screen.findByText(/has no count_users\.js/)).toBeVisible();
    expect(screen.getByTestId("percent-migrated")).toHaveTextContent("–");
  });
});

describe("burn-down", () => {
  it("subtracts from the total and goes on at the mean rate of the last 14 days", () => {
    const series = [0, 10, 20].map((day) => ({ at: day * DAY, migrated: day * 10 }));
    const data = burnDown(series, 400);
    expect(data.left.slice(0, 3)).toEqual([400, 300, 200]);
    expect(data.doneAt).toBe(40 * DAY);
    expect(data.at.at(-1)).toBe(40 * DAY);
    expect(data.forecast.at(-1)).toBe(0);
  });

  it("has no end when nothing moved lately", () => {
    const series = [{ at: 0, migrated: 5 }, { at: 20 * DAY, migrated: 9 }, { at: 30 * DAY, migrated: 9 }];
    expect(burnDown(series, 100).doneAt).toBeNull();
    expect(burnDown([], 100)).toEqual({ at: [], left: [], forecast: [], doneAt: null });
  });

  it("forecasts nothing from the first minutes", () => {
    expect(burnDown([{ at: 0, migrated: 0 }, { at: 1, migrated: 1 }, { at: 90, migrated: 1 }], 1000).doneAt).toBeNull();
  });

  it("never goes below nothing", () => {
    expect(burnDown([{ at: 0, migrated: 0 }, { at: DAY, migrated: 12 }], 10).left).toEqual([10, 0]);
  });
});

describe("the ticks of the burn-down", () => {
  const noon = new Date(2026, 10, 28, 12, 0, 0).getTime() / 1000;

  it("are whole users and whole seconds, so that no label stands twice", () => {
    expect(COUNT_STEPS[0]).toBe(1);
    expect(COUNT_STEPS.every(Number.isInteger)).toBe(true);
    expect(TIME_STEPS[0]).toBe(1);
    for (const step of TIME_STEPS.filter((one) => one < 30 * DAY)) {
      const labels = timeLabels([0, 1, 2].map((tick) => noon + tick * step), step);
      expect(new Set(labels).size).toBe(3);
    }
  });

  it("are written as times are elsewhere, with the date where it changes", () => {
    expect(timeLabels([noon, noon + 1], 1)).toEqual(["12:00:00\n2026-11-28", "12:00:01"]);
    expect(timeLabels([noon, noon + 12 * 3600, noon + 24 * 3600], 12 * 3600)).toEqual(["12:00\n2026-11-28", "00:00\n2026-11-29", "12:00"]);
    expect(timeLabels([noon, noon + DAY], DAY)).toEqual(["11-28\n2026", "11-29"]);
    expect(timeLabels([noon, noon + 40 * DAY], 30 * DAY)).toEqual(["2026-11", "2027-01"]);
  });
});
