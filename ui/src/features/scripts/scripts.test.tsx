import { fireEvent } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { revisionOf, type World } from "../../ipc/fake/world";
import { editor, openWindow, screen, waitFor, write } from "../../test/window";
import { KEEP_AFTER_MS } from "./useScript";

const MINE = "function login(identifier, password, callback) {\n  callback(null, null);\n}\n";
const THEIRS = "function login(identifier, password, callback) {\n  callback(new Error('pulled'));\n}\n";

function pulled(world: World): void {
  const script = world.scripts.get("customers/login");
  if (script) Object.assign(script, { text: THEIRS, revision: revisionOf(THEIRS) });
}

function onDisk(world: World): string | undefined {
  return world.scripts.get("customers/login")?.text;
}

describe("editing", () => {
  it("shows that something is not saved, and saves with Ctrl+S", async () => {
    const { world, user } = await openWindow();
    expect(screen.queryByTestId("dirty-customers/login")).toBeNull();
    expect(screen.getByTestId("save")).toBeDisabled();
    write(MINE);
    expect(await screen.findByTestId("dirty-customers/login")).toBeVisible();
    fireEvent.keyDown(editor().contentDOM, { key: "s", code: "KeyS", ctrlKey: true });
    await waitFor(() => expect(onDisk(world)).toBe(MINE));
    await waitFor(() => expect(screen.queryByTestId("dirty-customers/login")).toBeNull());
    expect(screen.getByTestId("saved-at")).toHaveTextContent(/^saved \d\d:\d\d:\d\d$/);
    await user.click(screen.getByTestId("drawer-versions"));
    expect(await screen.findByTestId("versions")).toHaveTextContent("this text");
  });

  it("keeps unsaved typing within 300 ms, and drops it when it equals the file again", async () => {
    expect(KEEP_AFTER_MS).toBeLessThanOrEqual(300);
    const { world, called } = await openWindow();
    const before = onDisk(world) ?? "";
    write(MINE);
    await waitFor(() => expect(world.scripts.get("customers/login")?.draft?.text).toBe(MINE), { timeout: 3000 });
    expect(onDisk(world)).toBe(before);
    write(before);
    await waitFor(() => expect(called.some((call) => call.name === "dropDraft")).toBe(true));
    expect(world.scripts.get("customers/login")?.draft).toBeNull();
  });

  it("keeps typing and undo when one looks at another script in between", async () => {
    const { user } = await openWindow();
    write(MINE);
    await user.click(screen.getByTestId("script-get_user"));
    await waitFor(() => expect(editor().state.doc.toString()).toContain("function getUser"));
    await user.click(screen.getByTestId("tab-customers/login"));
    await waitFor(() => expect(editor().state.doc.toString()).toBe(MINE));
    fireEvent.keyDown(editor().contentDOM, { key: "z", code: "KeyZ", keyCode: 90, ctrlKey: true });
    await waitFor(() => expect(editor().state.doc.toString()).toContain("bcrypt"));
  });

  it("brings typing back after a crash and lets one keep it or go back", async () => {
    const { user, world } = await openWindow({
      prepare: (fresh) => {
        const script = fresh.scripts.get("customers/login");
        if (script) script.draft = { text: MINE, revision: script.revision };
      },
    });
    expect(await screen.findByTestId("recovered")).toBeVisible();
    expect(editor().state.doc.toString()).toBe(MINE);
    await user.click(screen.getByTestId("recovered-discard"));
    await waitFor(() => expect(editor().state.doc.toString()).toContain("bcrypt"));
    expect(screen.queryByTestId("recovered")).toBeNull();
    await waitFor(() => expect(world.scripts.get("customers/login")?.draft).toBeNull());
  });
});

describe("a file that changed outside", () => {
  it("is never overwritten unasked; mine can win knowingly", async () => {
    const { user, world } = await openWindow();
    write(MINE);
    pulled(world);
    await user.click(screen.getByTestId("save"));
    expect(await screen.findByTestId("conflict")).toHaveTextContent("Nothing was overwritten");
    expect(onDisk(world)).toBe(THEIRS);
    await user.click(screen.getByTestId("conflict-mine"));
    await user.click(screen.getByTestId("save"));
    await waitFor(() => expect(onDisk(world)).toBe(MINE));
    expect(screen.queryByTestId("conflict")).toBeNull();
  });

  it("can be taken instead of mine", async () => {
    const { user, world } = await openWindow();
    write(MINE);
    pulled(world);
    await user.click(screen.getByTestId("save"));
    await user.click(await screen.findByTestId("conflict-theirs"));
    await waitFor(() => expect(editor().state.doc.toString()).toBe(THEIRS));
    expect(screen.queryByTestId("dirty-customers/login")).toBeNull();
  });

  it("is shown at once when nothing was typed", async () => {
    const { user, world } = await openWindow();
    pulled(world);
    await user.click(screen.getByTestId("reload"));
    await waitFor(() => expect(editor().state.doc.toString()).toBe(THEIRS));
    expect(screen.queryByTestId("conflict")).toBeNull();
  });
});

describe("versions and missing scripts", () => {
  it("restores an older version into the editor", async () => {
    const { user } = await openWindow();
    write(MINE);
    await user.click(screen.getByTestId("save"));
    await waitFor(() => expect(screen.getByTestId("save")).toBeDisabled());
    write(THEIRS);
    await user.click(screen.getByTestId("save"));
    await waitFor(() => expect(screen.getByTestId("save")).toBeDisabled());
    await user.click(screen.getByTestId("drawer-versions"));
    await user.click(await screen.findByTestId("restore-1"));
    await waitFor(() => expect(editor().state.doc.toString()).toBe(MINE));
    expect(screen.getByTestId("dirty-customers/login")).toBeVisible();
  });

  it("says what does not work without a script and begins one with the right parameters", async () => {
    const { user, world } = await openWindow();
    await user.click(screen.getByTestId("connection-legacy-crm"));
    await user.click(screen.getByTestId("script-get_user"));
    expect(await screen.findByTestId("script-missing")).toHaveTextContent("Sign-up, reset");
    expect(screen.getByTestId("try-run")).toBeDisabled();
    await user.click(screen.getByTestId("script-begin"));
    await waitFor(() => expect(editor().state.doc.toString()).toContain("function getUser(identifier, context, callback)"));
    await user.click(screen.getByTestId("save"));
    await waitFor(() => expect(world.scripts.get("legacy-crm/get_user")?.text).toContain("getUser"));
  });
});
