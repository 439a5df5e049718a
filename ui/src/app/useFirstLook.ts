import { useEffect } from "react";
import type { WorkspaceView } from "../ipc/client";
import { forgetDocuments } from "../components/CodeEditor";
import { useTyped } from "../features/runs/useFields";
import { useDesk } from "./desk";

/** What an opened workspace shows first: the sample's (or the first) connection with its login script. */
export function useFirstLook(workspace: WorkspaceView): void {
  const { id, connections, sample } = workspace;
  useEffect(() => forgetDocuments, [id]);
  useEffect(() => {
    const desk = useDesk.getState();
    if (desk.connection !== "" && connections.some((one) => one.name === desk.connection)) return;
    const first = connections.find((one) => one.name === sample?.connection) ?? connections[0];
    if (!first) return;
    desk.choose(first.name);
    if (first.scripts.some((script) => script.action === "login" && script.present)) {
      desk.openScript({ connection: first.name, action: "login" });
    }
    const user = sample?.users[0];
    if (sample && user) {
      useTyped.setState(({ typed }) => ({
        typed: { ...typed, [sample.connection]: { identifier: user.identifier, id: "", newEmail: "", verified: false, context: "{}", user: '{\n  "email": "new.user@acme.test"\n}' } },
      }));
    }
    // Only an opened workspace gives a first look, not each change to it.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [id]);
}
