import { describe, expect, it } from "vitest";
import { expectAccessible, openWindow, screen, waitFor } from "../../test/window";

async function openSecrets(prepare?: Parameters<typeof openWindow>[0]) {
  const opened = await openWindow(prepare);
  await opened.user.click(screen.getByTestId("tab-secrets"));
  await screen.findByTestId("secret-CUSTOMERS_PEPPER");
  return opened;
}

describe("secrets", () => {
  it("sets a value that the window never shows again", async () => {
    const { user, world } = await openSecrets();
    const row = screen.getByTestId("secret-CUSTOMERS_PEPPER");
    expect(row).toHaveAttribute("data-state", "missing");
    await user.click(screen.getByTestId("secret-set-CUSTOMERS_PEPPER"));
    await user.type(await screen.findByTestId("secret-value"), "canary-9Z-pepper");
    expect(document.documentElement.outerHTML).not.toContain("canary-9Z");
    await user.click(screen.getByTestId("secret-save"));
    await waitFor(() => expect(screen.getByTestId("secret-CUSTOMERS_PEPPER")).toHaveAttribute("data-state", "set"));
    expect(world.secrets.get("customers")?.find((one) => one.name === "CUSTOMERS_PEPPER")?.value).toBe("canary-9Z-pepper");
    expect(screen.getByTestId("secret-CUSTOMERS_PEPPER")).toHaveTextContent(/s ago[0-9a-f]{4}/);
    expect(document.documentElement.outerHTML).not.toContain("canary-9Z");
  });

  it("replaces with a changed fingerprint and removes after asking", async () => {
    const { user, world } = await openSecrets();
    expect(screen.getByTestId("secret-CUSTOMERS_API_TOKEN")).toHaveTextContent("3 days ago7f3a");
    await user.click(screen.getByTestId("secret-set-CUSTOMERS_API_TOKEN"));
    await user.type(await screen.findByTestId("secret-value"), "another");
    await user.click(screen.getByTestId("secret-save"));
    await waitFor(() => expect(screen.getByTestId("secret-CUSTOMERS_API_TOKEN")).not.toHaveTextContent("7f3a"));
    await user.click(screen.getByTestId("secret-remove-CUSTOMERS_API_TOKEN"));
    expect(world.secrets.get("customers")?.[0]?.state).toBe("set");
    await user.click(await screen.findByTestId("secret-remove-sure"));
    await waitFor(() => expect(screen.getByTestId("secret-CUSTOMERS_API_TOKEN")).toHaveAttribute("data-state", "missing"));
  });

  it("adds one by name, and refuses a name that would not be replaced on deploy", async () => {
    const { user, called } = await openSecrets();
    await user.click(screen.getByTestId("secret-add"));
    await user.type(await screen.findByTestId("secret-name"), "smtp-key");
    await user.type(screen.getByTestId("secret-value"), "value");
    expect(screen.getByTestId("secret-save")).toBeDisabled();
    await user.clear(screen.getByTestId("secret-name"));
    await user.type(screen.getByTestId("secret-name"), "SMTP_KEY");
    await user.click(screen.getByTestId("secret-save"));
    expect(await screen.findByTestId("secret-SMTP_KEY")).toHaveAttribute("data-state", "set");
    expect(called.filter((call) => call.name === "setSecret").map((call) => call.parameters)).toEqual([["customers", "SMTP_KEY", "value"]]);
  });

  it("moves a plain value into the vault", async () => {
    const { user, world } = await openSecrets();
    await user.click(screen.getByTestId("secret-move-LEGACY_FILE"));
    expect(await screen.findByTestId("secret-LEGACY_FILE")).toHaveAttribute("data-state", "set");
    expect(world.workspace.connections[0]?.configuration[0]).toEqual({ key: "LEGACY_FILE", secret: "LEGACY_FILE", plain: null });
    await waitFor(() => expect(screen.queryByTestId("secret-move-LEGACY_FILE")).toBeNull());
  });

  it("changes a plain value, with more than one line and by keyboard alone", async () => {
    const { user, world, called } = await openSecrets();
    screen.getByTestId("value-change-LEGACY_FILE").focus();
    await user.keyboard("{Enter}");
    const field = await screen.findByTestId("value-text");
    await waitFor(() => expect(field).toHaveFocus());
    expect(field).toHaveValue("legacy.sqlite");
    await expectAccessible();
    await user.clear(field);
    await user.type(field, "one{Shift>}{Enter}{/Shift}two{Enter}");
    await waitFor(() => expect(screen.queryByTestId("value-text")).toBeNull());
    expect(called.filter((call) => call.name === "setPlainValue").map((call) => call.parameters)).toEqual([["customers", "LEGACY_FILE", "one\ntwo"]]);
    expect(world.workspace.connections[0]?.configuration[0]).toEqual({ key: "LEGACY_FILE", secret: null, plain: "one\ntwo" });
    await waitFor(() => expect(screen.getByTestId("value-LEGACY_FILE")).toHaveTextContent("one two"));
  });

  it("keeps the dialog open when a plain value is refused, and says why", async () => {
    const { user, world } = await openSecrets();
    await user.click(screen.getByTestId("value-change-LEGACY_FILE"));
    const field = await screen.findByTestId("value-text");
    await user.clear(field);
    await user.type(field, "@@DB_FILE@@");
    await user.click(screen.getByTestId("value-save"));
    expect(await screen.findByTestId("value-fault")).toHaveTextContent("set what is secret as a secret");
    expect(world.workspace.connections[0]?.configuration[0]?.plain).toBe("legacy.sqlite");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("value-text")).toBeNull());
    expect(screen.queryByTestId("secrets-fault")).toBeNull();
  });

  it("adds a value and removes one after asking, by keyboard alone", async () => {
    const { user, world } = await openSecrets();
    const values = () => world.workspace.connections[0]?.configuration.filter((one) => one.secret === null).map((one) => one.key);
    expect(values()).toEqual(["LEGACY_FILE"]);
    screen.getByTestId("value-add").focus();
    await user.keyboard("{Enter}");
    expect(await screen.findByTestId("value-key")).toHaveFocus();
    await expectAccessible();
    await user.keyboard("LEGACY_FILE{Tab}x{Enter}");
    expect(await screen.findByTestId("value-fault")).toHaveTextContent("LEGACY_FILE: it is there already");
    await user.clear(screen.getByTestId("value-key"));
    expect(screen.getByTestId("value-save")).toBeDisabled();
    await user.type(screen.getByTestId("value-key"), "PAGE_SIZE");
    await user.clear(screen.getByTestId("value-text"));
    await user.type(screen.getByTestId("value-text"), "50{Enter}");
    expect(await screen.findByTestId("value-PAGE_SIZE")).toHaveTextContent("50");
    expect(screen.queryByTestId("value-text")).toBeNull();
    screen.getByTestId("value-remove-PAGE_SIZE").focus();
    await user.keyboard("{Enter}");
    expect(await screen.findByTestId("value-remove-dialog")).toHaveTextContent("configuration.PAGE_SIZE undefined");
    await user.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByTestId("value-remove-sure")).toBeNull());
    expect(values()).toContain("PAGE_SIZE");
    await user.click(screen.getByTestId("value-remove-PAGE_SIZE"));
    await user.click(await screen.findByTestId("value-remove-sure"));
    await waitFor(() => expect(screen.queryByTestId("value-PAGE_SIZE")).toBeNull());
    await user.click(screen.getByTestId("value-remove-LEGACY_FILE"));
    await user.click(await screen.findByTestId("value-remove-sure"));
    expect(await screen.findByText("There is none.")).toBeVisible();
    expect(values()).toEqual([]);
  });

  it("shows a value that is null or empty, which can be changed as well", async () => {
    const { user } = await openSecrets({
      prepare: (world) => world.workspace.connections[0]?.configuration.push({ key: "CA", secret: null, plain: null }, { key: "OPTIONS", secret: null, plain: "" }),
    });
    expect(screen.getByTestId("value-CA")).toHaveTextContent("null");
    expect(screen.getByTestId("value-OPTIONS")).toHaveTextContent("empty");
    await user.click(screen.getByTestId("value-change-CA"));
    await user.type(await screen.findByTestId("value-text"), "pem");
    await user.click(screen.getByTestId("value-save"));
    await waitFor(() => expect(screen.getByTestId("value-CA")).toHaveTextContent("pem"));
  });

  it("shows a refusal with its hint and stores nothing", async () => {
    const { user, world } = await openSecrets();
    await user.click(screen.getByTestId("secret-set-CUSTOMERS_PEPPER"));
    const field = await screen.findByTestId<HTMLInputElement>("secret-value");
    await user.click(field);
    await user.paste("x".repeat(2600));
    await user.click(screen.getByTestId("secret-save"));
    expect(await screen.findByTestId("secret-fault")).toHaveTextContent("this keychain takes 2,500");
    expect(screen.getByTestId("secret-fault-hint")).toHaveTextContent("Choose the sealed file");
    expect(world.secrets.get("customers")?.[1]?.value).toBeNull();
  });
});

describe("the vault", () => {
  const absent = { prepare: (world: { vault: { state: string; message: string } }) => Object.assign(world.vault, { state: "absent", message: "This system offers no keychain." }) };

  it("without a keychain offers named choices and takes none by itself", async () => {
    const { user, world } = await openSecrets(absent);
    expect(screen.getByTestId("vault")).toHaveTextContent("keychain: not there");
    expect(screen.getByTestId("vault-state")).toHaveTextContent("not there");
    expect(screen.getByTestId("secret-CUSTOMERS_API_TOKEN")).toHaveAttribute("data-state", "unknown");
    expect(world.vault.backend).toBe("keychain");
    await user.type(screen.getByTestId("vault-passphrase"), "correct horse");
    expect(document.documentElement.outerHTML).not.toContain("correct horse");
    await user.click(screen.getByTestId("vault-passphrase-go"));
    await waitFor(() => expect(screen.getByTestId("vault")).toHaveAttribute("data-backend", "sealed_file"));
    await waitFor(() => expect(screen.getByTestId("secret-CUSTOMERS_API_TOKEN")).toHaveAttribute("data-state", "set"));
  });

  it("asks each time when that was chosen", async () => {
    const { user, called } = await openSecrets(absent);
    await user.click(screen.getByTestId("vault-ask"));
    await waitFor(() => expect(screen.getByTestId("secret-set-CUSTOMERS_PEPPER")).toHaveTextContent("Provide"));
    await user.click(screen.getByTestId("secret-set-CUSTOMERS_PEPPER"));
    await user.type(await screen.findByTestId("secret-value"), "for-now");
    await user.click(screen.getByTestId("secret-save"));
    await waitFor(() => expect(called.find((call) => call.name === "provideSecret")?.parameters).toEqual(["customers", "CUSTOMERS_PEPPER", "for-now"]));
    expect(called.some((call) => call.name === "setSecret")).toBe(false);
  });

  it("says that a wrong passphrase does not open the sealed file", async () => {
    const { user } = await openSecrets({
      prepare: (world) => { world.vault = { backend: "sealed_file", state: "locked", message: "The sealed file is closed.", hint: "Type its passphrase." }; },
    });
    await user.type(screen.getByTestId("vault-passphrase"), "no");
    await user.click(screen.getByTestId("vault-passphrase-go"));
    expect(await screen.findByTestId("vault-fault")).toHaveTextContent("does not open the sealed file");
    await user.type(screen.getByTestId("vault-passphrase"), "long enough");
    await user.click(screen.getByTestId("vault-passphrase-go"));
    await waitFor(() => expect(screen.getByTestId("vault")).toHaveAttribute("data-state", "unlocked"));
  });
});
