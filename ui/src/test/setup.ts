import "@testing-library/jest-dom/vitest";
import { cleanup, configure } from "@testing-library/react";
import { afterEach, beforeEach, vi } from "vitest";
import { forgetDocuments } from "../components/CodeEditor";
import { useDesk } from "../app/desk";
import { useTyped } from "../features/runs/useFields";
import { useRuns } from "../features/runs/useRun";

// What jsdom lacks and Mantine, the editor and the chart ask for.
vi.stubGlobal("matchMedia", (query: string) => ({
  matches: false, media: query, onchange: null, addEventListener: () => undefined, removeEventListener: () => undefined,
  addListener: () => undefined, removeListener: () => undefined, dispatchEvent: () => false,
}));
vi.stubGlobal("ResizeObserver", class {
  observe() {}
  unobserve() {}
  disconnect() {}
});
const rectangle = { x: 0, y: 0, top: 0, left: 0, bottom: 0, right: 0, width: 0, height: 0, toJSON: () => ({}) };
Range.prototype.getClientRects = () => Object.assign([], { item: () => null }) as unknown as DOMRectList;
Range.prototype.getBoundingClientRect = () => rectangle;
Element.prototype.scrollIntoView = () => undefined;
if (!("fonts" in document)) Object.defineProperty(document, "fonts", { value: { addEventListener: () => undefined, removeEventListener: () => undefined } });

// The chart draws on a canvas, which jsdom has not; its numbers are tested in burnDown.test.ts.
vi.mock("uplot", () => ({
  default: class {
    setData() {}
    setSize() {}
    destroy() {}
  },
}));

// A failing test names what is missing; the whole page would drown it.
configure({ asyncUtilTimeout: 3000, getElementError: (message) => new Error(message ?? "not found") });

beforeEach(() => {
  useDesk.getState().clear();
  useRuns.getState().clear();
  useTyped.getState().clear();
  forgetDocuments();
  localStorage.clear();
});
afterEach(cleanup);
