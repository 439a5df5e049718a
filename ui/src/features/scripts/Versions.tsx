import { Button } from "@mantine/core";
import { useState } from "react";
import type { ScriptId } from "../../app/desk";
import { Fault } from "../../components/Fault";
import { age, bytes, stamp } from "../../components/format";
import { useNow } from "../../components/useNow";
import { CallError, type VersionView } from "../../ipc/client";
import { useVersions } from "../../ipc/queries";
import { CompareTexts } from "./CompareTexts";
import type { OpenText } from "./useScript";

/** Every save of this script, newest first. Restoring puts the text into the editor; saving makes it a new version. */
export function Versions({ script, text }: { script: ScriptId; text: OpenText }) {
  const versions = useVersions(script.connection, script.action);
  const now = useNow(10_000);
  const [compared, setCompared] = useState<VersionView | null>(null);
  if (versions.error) return <div className="drawer-empty"><Fault error={CallError.from(versions.error)} onRetry={() => void versions.refetch()} /></div>;
  if (!versions.data) return <p className="drawer-empty dim">Reading the versions …</p>;
  if (versions.data.length === 0) return <p className="drawer-empty dim">No version yet. Each save keeps one.</p>;
  const shown = text.draft?.text;
  return (
    <>
      <table data-testid="versions">
        <thead><tr><th>version</th><th>saved</th><th>age</th><th className="number">size</th><th>in the editor</th><th><span className="hidden-visually">actions</span></th></tr></thead>
        <tbody>
          {versions.data.map((version) => (
            <tr key={version.version}>
              <td>{version.version}</td>
              <td className="nowrap">{stamp(version.saved_at)}</td>
              <td className="nowrap">{age(version.saved_at, now)}</td>
              <td className="number nowrap">{bytes(version.bytes)}</td>
              <td>{version.text === shown ? "this text" : ""}</td>
              <td className="nowrap">
                <Button size="compact-xs" variant="subtle" disabled={version.text === shown} onClick={() => setCompared(version)}>Compare</Button>
                <Button size="compact-xs" variant="subtle" disabled={version.text === shown} onClick={() => text.put(version.text)} data-testid={`restore-${version.version}`}>Restore</Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {compared && (
        <CompareTexts
          title={`${script.action}.js: version ${compared.version} and the editor`}
          left={{ name: `Version ${compared.version}`, text: compared.text }} right={{ name: "In the editor", text: shown ?? "" }}
          onClose={() => setCompared(null)}
        />
      )}
    </>
  );
}
