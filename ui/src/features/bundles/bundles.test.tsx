import { describe, expect, it, vi } from "vitest";
import { openWindow, screen, waitFor } from "../../test/window";

describe("export", () => {
  it("lists exactly what goes out and what the target needs, then writes it", async () => {
    const { user, world, called } = await openWindow();
    await user.click(screen.getByTestId("export-open"));
    const files = await screen.findByTestId("export-files");
    expect(files).toHaveTextContent("database-connections/customers/login.js");
    expect(screen.getByTestId("export-needs")).toHaveTextContent("CUSTOMERS_API_TOKEN, CUSTOMERS_PEPPER, PARTNERS_PG_URL");
    await user.click(screen.getByTestId("export-partners"));
    await waitFor(() => expect(screen.getByTestId("export-needs")).not.toHaveTextContent("PARTNERS_PG_URL"));
    await user.selectOptions(screen.getByTestId("export-format"), "yaml");
    await waitFor(() => expect(screen.getByTestId("export-files")).toHaveTextContent("tenant.yaml"));
    await user.click(screen.getByTestId("export-write"));
    expect(await screen.findByTestId("export-done")).toHaveTextContent("/home/admin/acme-export");
    expect(called.find((call) => call.name === "writeExport")?.parameters).toEqual([["customers", "legacy-crm"], "yaml", "/home/admin/acme-export", false]);
    expect(world.written[0]?.files).toContain("tenant.yaml");
  });

  it("replaces another bundle only when that is said", async () => {
    const { user, called, world } = await openWindow({ prepare: (world) => world.written.push({ path: "/home/admin/acme-export", files: ["databases/notes.txt"] }) });
    await user.click(screen.getByTestId("export-open"));
    await screen.findByTestId("export-files");
    await user.click(screen.getByTestId("export-write"));
    const fault = await screen.findByTestId("export-fault");
    expect(fault).toHaveTextContent("/home/admin/acme-export holds another bundle already: 1 file in it would be replaced or go");
    expect(world.written).toHaveLength(1);
    expect(screen.queryByTestId("export-done")).toBeNull();
    // Another choice is another question.
    await user.selectOptions(screen.getByTestId("export-format"), "yaml");
    expect(screen.queryByTestId("export-replace")).toBeNull();
    await user.click(screen.getByTestId("export-write"));
    await user.click(await screen.findByTestId("export-replace"));
    expect(await screen.findByTestId("export-done")).toHaveTextContent("/home/admin/acme-export");
    expect(screen.queryByTestId("export-fault")).toBeNull();
    expect(screen.getByTestId("export-kept")).toHaveTextContent("stay that Sluice did not write: databases/notes.txt");
    expect(called.filter((call) => call.name === "writeExport").map((call) => call.parameters.at(-1))).toEqual([false, false, true]);
    expect(world.written).toHaveLength(2);
  });

  it("asks for a file when the format is a zip", async () => {
    const { user, called } = await openWindow();
    await user.click(screen.getByTestId("export-open"));
    await user.selectOptions(await screen.findByTestId("export-format"), "directory-zip");
    await screen.findByTestId("export-files");
    await user.click(screen.getByTestId("export-write"));
    expect(await screen.findByTestId("export-done")).toHaveTextContent("/home/admin/sluice-sample.zip");
    expect(called.some((call) => call.name === "pickFolder")).toBe(false);
    // The file dialog of the system has asked already.
    expect(called.find((call) => call.name === "writeExport")?.parameters.at(-1)).toBe(true);
  });

  it("refuses with the reason and cannot be written then", async () => {
    const { user } = await openWindow();
    const { calls } = await import("../../ipc/client");
    const plan = await calls.previewExport(["customers"], "directory");
    plan.refusals.push({ path: "x", code: "unresolved", message: "customers/login.js holds @@SECRET@@ inside the code", hint: "Read it from configuration." });
    const { fakeBackend } = await import("../../ipc/fake");
    const { answerWith } = await import("../../ipc/client");
    const backend = fakeBackend(undefined, 0);
    answerWith({ ...backend, commands: { ...backend.commands, previewExport: vi.fn(async () => ({ status: "ok" as const, data: plan })) } });
    await user.click(screen.getByTestId("export-open"));
    expect(await screen.findByTestId("export-refusals")).toHaveTextContent("Read it from configuration.");
    expect(screen.getByTestId("export-write")).toBeDisabled();
  });
});

describe("import", () => {
  it("shows what is inside before anything is touched and replaces only what is ticked", async () => {
    const { user, called } = await openWindow();
    await user.click(screen.getByTestId("import-open"));
    await user.click(await screen.findByTestId("import-file"));
    const table = await screen.findByTestId("import-connections");
    expect(table).toHaveTextContent("newsletter");
    expect(table).toHaveTextContent("NEWSLETTER_DB_URL");
    expect(screen.getByTestId("import-problems")).toHaveTextContent("extra.js is not listed");
    expect(called.some((call) => call.name === "applyImport")).toBe(false);
    expect(screen.getByTestId("import-apply")).toHaveTextContent("Import 1 connection");
    await user.click(screen.getByTestId("import-replace-customers"));
    expect(screen.getByTestId("import-apply")).toHaveTextContent("Import 2 connections");
    await user.click(screen.getByTestId("import-apply"));
    await waitFor(() => expect(called.find((call) => call.name === "applyImport")?.parameters).toEqual(["/home/admin/incoming.zip", ["customers"]]));
    await waitFor(() => expect(screen.queryByTestId("import-dialog")).toBeNull());
  });
});
