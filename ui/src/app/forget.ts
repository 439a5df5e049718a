// Another workspace begins with nothing of the one before: no tabs, no typing, no results. (The editor's documents go when the
// editor does, see useFirstLook.)
import { useTyped } from "../features/runs/useFields";
import { useRuns } from "../features/runs/useRun";
import { useDesk } from "./desk";

/** Forgets everything that belongs to the workspace that is left. */
export function forgetWorkspace(): void {
  useDesk.getState().clear();
  useRuns.getState().clear();
  useTyped.getState().clear();
}
