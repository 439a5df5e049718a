// Starts the whole window on a fake backend of its own.
import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import axe from "axe-core";
import { EditorView } from "@codemirror/view";
import { expect } from "vitest";
import { App } from "../app/App";
import { answerWith } from "../ipc/client";
import { fakeBackend } from "../ipc/fake";
import { newWorld, type World } from "../ipc/fake/world";
import { newQueryClient } from "../ipc/queries";

export interface Window {
  world: World;
  user: ReturnType<typeof userEvent.setup>;
  /** Every call that went to the backend, with its parameters. */
  called: { name: string; parameters: unknown[] }[];
}

/** Opens the window; with `open` in the sample workspace. */
export async function openWindow({ open = true, scheme, prepare }: {
  open?: boolean; scheme?: "light" | "dark"; prepare?: (world: World) => void;
} = {}): Promise<Window> {
  const world = newWorld();
  world.open = open;
  prepare?.(world);
  const backend = fakeBackend(world, 0);
  const called: Window["called"] = [];
  const commands = Object.fromEntries(
    Object.entries(backend.commands).map(([name, command]) => [
      name,
      (...parameters: unknown[]) => {
        called.push({ name, parameters });
        return (command as (...all: unknown[]) => unknown)(...parameters);
      },
    ]),
  ) as typeof backend.commands;
  answerWith({ ...backend, commands });
  render(<App client={newQueryClient()} scheme={scheme} />);
  await screen.findByTestId(open ? "script-login" : "welcome-sample");
  if (open) await screen.findByTestId("editor");
  return { world, user: userEvent.setup({ delay: null, pointerEventsCheck: 0 }), called };
}

/** The editor that is shown. */
export function editor(): EditorView {
  const view = EditorView.findFromDOM(screen.getByTestId("editor").querySelector<HTMLElement>(".cm-editor") ?? document.body);
  if (!view) throw new Error("no editor is shown");
  return view;
}

/** Types into the editor by replacing its text, as a person's edit would. */
export function write(text: string): void {
  const view = editor();
  view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
}

/** Reports everything a screen reader or a keyboard would stumble over. Colours are measured in tokens.test.ts. */
export async function expectAccessible(): Promise<void> {
  const { violations } = await axe.run(document.body, { resultTypes: ["violations"], rules: { "color-contrast": { enabled: false }, region: { enabled: false } } });
  const grave = violations.filter((one) => one.impact === "serious" || one.impact === "critical");
  expect(grave.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join("\n")}`)).toEqual([]);
}

export { screen, waitFor };
