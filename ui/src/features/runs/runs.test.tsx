import { fireEvent, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { TryRequest } from "../../ipc/bindings";
import { useDesk } from "../../app/desk";
import { useRuns } from "./useRun";
import { editor, openWindow, screen, waitFor, write } from "../../test/window";

const LOOP = "function login(identifier, password, callback) {\n  while (true) {}\n}\n";

async function verdict() {
  return screen.findByTestId("verdict", {}, { timeout: 5000 });
}

describe("a try of login", () => {
  it("shows the verdict, the event, the profile and where the time went", async () => {
    const { user, called } = await openWindow();
    await user.click(screen.getByTestId("try-run"));
    expect(within(await verdict()).getByTestId("verdict-headline")).toHaveTextContent("Logged in");
    expect(screen.getByTestId("log-event")).toHaveTextContent("s success login");
    expect(screen.getByTestId("user-sees")).toHaveTextContent("is signed in");
    expect(screen.getByTestId("migration-effect")).toHaveTextContent("would be migrated");
    expect(screen.getByTestId("writes")).toHaveTextContent("nothing was written");
    expect(screen.getByTestId("profile")).toHaveTextContent("ada.quist@acme.test");
    expect(within(screen.getByTestId("timeline")).getByText("bcrypt 10")).toBeVisible();
    expect(screen.getByTestId("statements")).toHaveTextContent("SELECT id, email");
    const request = called.find((call) => call.name === "tryScript")?.parameters[0] as TryRequest;
    expect(request).toMatchObject({ connection: "customers", action: "login", commit: false, arguments: { identifier: "ada.quist@acme.test" } });
    expect(request.text).toContain("function login");
  });

  it("says what the end user sees after a wrong password, and forgets what was typed", async () => {
    const { user } = await openWindow();
    const field = screen.getByTestId<HTMLInputElement>("try-password");
    await user.clear(field);
    await user.type(field, "canary-7Q-password");
    expect(field).toHaveAttribute("type", "password");
    await user.click(screen.getByTestId("try-run"));
    expect(await verdict()).toHaveAttribute("data-outcome", "wrong_password");
    expect(screen.getByTestId("log-event")).toHaveTextContent("fp");
    expect(screen.getByTestId("user-sees")).toHaveTextContent("wrong e-mail or password");
    expect(field.value).toBe("");
  });

  it("does not run with an empty password", async () => {
    const { user, called } = await openWindow();
    await user.clear(screen.getByTestId("try-password"));
    for (const button of ["try-run", "flow-login"]) {
      await user.click(screen.getByTestId(button));
      expect(screen.getByRole("alert")).toHaveTextContent("Type the password");
    }
    expect(called.filter((call) => call.name === "tryScript" || call.name === "loginFlow")).toEqual([]);
  });

  it("takes no event after the report, which has them all", async () => {
    const { user } = await openWindow();
    await user.click(screen.getByTestId("try-run"));
    await verdict();
    const [key, run] = Object.entries(useRuns.getState().runs)[0] ?? [];
    if (!key || !run) throw new Error("nothing ran");
    useRuns.getState().take(key, run.id, [{ event: "console", at_ms: 1, level: "log", text: "too late" }]);
    expect(useRuns.getState().runs[key]?.console).toEqual(run.console);
  });

  it("is forgotten with its workspace", async () => {
    const { user } = await openWindow();
    await user.click(screen.getByTestId("try-run"));
    await verdict();
    await user.click(screen.getByTestId("workspace-menu"));
    const recent = await screen.findAllByTestId("workspace-recent");
    await user.click(recent[0] as HTMLElement);
    await waitFor(() => expect(useRuns.getState().runs).toEqual({}));
    expect(screen.queryByTestId("verdict")).toBeNull();
  });

  it("never has a typed password in the page's markup, in storage or in its state", async () => {
    const { user } = await openWindow();
    const field = screen.getByTestId<HTMLInputElement>("try-password");
    await user.clear(field);
    await user.type(field, "canary-7Q-password");
    expect(document.documentElement.outerHTML).not.toContain("canary-7Q");
    await user.click(screen.getByTestId("flow-login"));
    await verdict();
    expect(document.documentElement.outerHTML).not.toContain("canary-7Q");
    expect(JSON.stringify(useDesk.getState())).not.toContain("canary-7Q");
    expect(JSON.stringify({ ...localStorage })).not.toContain("canary-7Q");
  });

  it("starts with Ctrl+Enter from the editor and runs the unsaved text", async () => {
    const { called } = await openWindow();
    write("function login(identifier, password, callback) {\n  throw new TypeError('rows is not set');\n}\n");
    fireEvent.keyDown(editor().contentDOM, { key: "Enter", ctrlKey: true });
    expect(await verdict()).toHaveAttribute("data-outcome", "script_error");
    expect((called.find((call) => call.name === "tryScript")?.parameters[0] as TryRequest).text).toContain("rows is not set");
    expect(editor().state.doc.toString()).toContain("rows is not set");
  });

  it("leads from the error to its line, which is marked in the editor", async () => {
    const { user } = await openWindow();
    write("function login(identifier, password, callback) {\n\n  throw new TypeError('rows is not set');\n}\n");
    await user.click(screen.getByTestId("try-run"));
    const link = await screen.findByTestId("culprit-line");
    expect(link).toHaveTextContent("login.js, line 3");
    expect(screen.getByTestId("run-hint")).toHaveTextContent("call callback with the error");
    await user.click(link);
    expect(editor().state.doc.lineAt(editor().state.selection.main.head).number).toBe(3);
    await waitFor(() => expect(screen.getByTestId("line-mark")).toHaveTextContent("TypeError: rows is not set"));
    await user.click(screen.getByTestId("drawer-problems"));
    expect(screen.getByTestId("problems")).toHaveTextContent("rows is not set");
  });

  it("marks the profile field the platform would not take", async () => {
    const { user } = await openWindow();
    write(editor().state.doc.toString().replace("user_id: String(row.id),", "user_id: row.id,"));
    await user.click(screen.getByTestId("try-run"));
    await verdict();
    const row = within(screen.getByTestId("profile")).getByText("user_id").parentElement;
    expect(row).toHaveTextContent("should be a string");
  });

  it("shows what was printed while it runs, and stops", async () => {
    const { user, called } = await openWindow();
    write(LOOP.replace("  while", "  console.log('going round');\n  while"));
    await user.click(screen.getByTestId("drawer-console"));
    await user.click(screen.getByTestId("try-run"));
    expect(await screen.findByText("going round")).toBeVisible();
    expect(screen.getByTestId("try-run")).toBeDisabled();
    await user.click(screen.getByTestId("try-stop"));
    expect(await verdict()).toHaveAttribute("data-outcome", "cancelled");
    const started = called.find((call) => call.name === "tryScript")?.parameters[0] as TryRequest;
    expect(called.find((call) => call.name === "stopRun")?.parameters).toEqual([started.run_id]);
    expect(screen.getByTestId("try-run")).toBeEnabled();
  });

  it("stops with Ctrl+.", async () => {
    const { user } = await openWindow();
    write(LOOP);
    await user.click(screen.getByTestId("try-run"));
    await screen.findByTestId("running");
    fireEvent.keyDown(document.body, { key: ".", ctrlKey: true });
    expect(await verdict()).toHaveAttribute("data-outcome", "cancelled");
  });
});

describe("committing", () => {
  it("asks first, naming the environment, commits once and switches itself off", async () => {
    const { user, called } = await openWindow();
    await user.click(screen.getByTestId("script-verify"));
    await screen.findByText("Try verify", { selector: "h2" });
    expect(screen.getByTestId("try-commit")).not.toBeChecked();
    await user.click(screen.getByTestId("try-commit"));
    await user.click(screen.getByTestId("try-run"));
    const sure = await screen.findByTestId("commit-sure");
    expect(sure).toHaveTextContent("Commit to development");
    expect(called.some((call) => call.name === "tryScript")).toBe(false);
    await user.click(sure);
    await verdict();
    expect(called.find((call) => call.name === "tryScript")?.parameters[0]).toMatchObject({ action: "verify", commit: true });
    expect(screen.getByTestId("writes")).toHaveTextContent("1 write committed");
    expect(screen.getByTestId("writes")).toHaveTextContent("What the script wrote is kept.");
    expect(screen.getByTestId("try-commit")).not.toBeChecked();
  });

  it("is not offered for a read-only connection", async () => {
    const { user } = await openWindow();
    await user.click(screen.getByTestId("connection-partners"));
    await user.click(screen.getByTestId("script-login"));
    expect(await screen.findByText("partners is read-only: writes are refused.")).toBeVisible();
    expect(screen.getByTestId("try-commit")).toBeDisabled();
  });
});

describe("arguments per action", () => {
  it("hands change_email the new address and its state", async () => {
    const { user, called } = await openWindow();
    await user.click(screen.getByTestId("script-change_email"));
    await user.type(await screen.findByTestId("try-new-email"), "new@acme.test");
    await user.click(screen.getByTestId("try-verified"));
    await user.click(screen.getByTestId("try-run"));
    await verdict();
    expect((called.find((call) => call.name === "tryScript")?.parameters[0] as TryRequest).arguments).toEqual({
      identifier: "ada.quist@acme.test", new_email: "new@acme.test", verified: true, id: null, user: null, context: null,
    });
  });

  it("hands create a parsed user, with the password apart", async () => {
    const { user, called } = await openWindow();
    await user.click(screen.getByTestId("script-create"));
    const password = await screen.findByTestId<HTMLInputElement>("try-password");
    await user.clear(password);
    await user.type(password, "Sign-up-1");
    fireEvent.change(screen.getByTestId("try-user"), { target: { value: '{"email":"x@acme.test"}' } });
    await user.click(screen.getByTestId("try-run"));
    await verdict();
    expect(called.find((call) => call.name === "tryScript")?.parameters[0]).toMatchObject({ password: "Sign-up-1", arguments: { user: { email: "x@acme.test" } } });
    expect(screen.getByText(/does not undo/)).toHaveTextContent("autoincrement of users advanced");
  });

  it("does not run with a user that is not JSON", async () => {
    const { user, called } = await openWindow();
    await user.click(screen.getByTestId("script-create"));
    fireEvent.change(await screen.findByTestId("try-user"), { target: { value: "{email:" } });
    await user.click(screen.getByTestId("try-run"));
    expect(screen.getByRole("alert")).toHaveTextContent("This is not JSON");
    expect(called.some((call) => call.name === "tryScript")).toBe(false);
  });

  it("offers context only where the connection has it switched on", async () => {
    const { user, called } = await openWindow();
    expect(screen.queryByTestId("try-context")).toBeNull();
    await user.click(screen.getByTestId("connection-legacy-crm"));
    await user.click(screen.getByTestId("script-login"));
    fireEvent.change(await screen.findByTestId("try-context"), { target: { value: '{"organization":{"id":"org_1"}}' } });
    await user.type(screen.getByTestId("try-password"), "x");
    await user.click(screen.getByTestId("try-run"));
    await verdict();
    expect((called.find((call) => call.name === "tryScript")?.parameters[0] as TryRequest).arguments.context).toEqual({ organization: { id: "org_1" } });
    await user.click(screen.getByTestId("script-change_email"));
    await screen.findByTestId("try-new-email");
    expect(screen.queryByTestId("try-context")).toBeNull();
  });
});

describe("the login flow", () => {
  it("moves the user once, then logs in without the legacy store", async () => {
    const { user, world } = await openWindow();
    await user.click(screen.getByTestId("flow-login"));
    await waitFor(() => expect(screen.getByTestId("verdict")).toHaveAttribute("data-end", "migrated"), { timeout: 5000 });
    expect(world.migrated.has("ada.quist@acme.test")).toBe(true);
    await user.click(screen.getByTestId("flow-login"));
    await waitFor(() => expect(screen.getByTestId("verdict")).toHaveAttribute("data-end", "native_login"));
    expect(screen.getByText("No script ran: the user store answered.")).toBeVisible();
  });

  it("takes a test user with one click", async () => {
    const { user, world } = await openWindow();
    await user.click(screen.getByText("Test users of the sample"));
    await user.click(screen.getByTestId("fill-fay.moreau@acme.test"));
    expect(screen.getByTestId("try-identifier")).toHaveValue("fay.moreau@acme.test");
    await user.click(screen.getByTestId("flow-login"));
    await verdict();
    expect([...world.migrated.keys()]).toEqual(["fay.moreau@acme.test"]);
  });
});
