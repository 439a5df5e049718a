import { Modal, TextInput } from "@mantine/core";
import { useState } from "react";
import type { WorkspaceView } from "../ipc/client";
import { useDesk, type Screen } from "./desk";

interface Place {
  name: string;
  where: string;
  go(): void;
}

function places(workspace: WorkspaceView): Place[] {
  const { show, choose, openScript, setDialog } = useDesk.getState();
  const screens: [Screen, string][] = [["migration", "Migration"], ["secrets", "Secrets"], ["connection", "Connection and its test"]];
  return [
    ...workspace.connections.flatMap((connection) => [
      ...connection.scripts.filter((script) => script.present).map((script) => ({
        name: `${script.action}.js`, where: connection.name, go: () => openScript({ connection: connection.name, action: script.action }),
      })),
      ...screens.map(([screen, name]) => ({ name, where: connection.name, go: () => { choose(connection.name); show(screen); } })),
    ]),
    { name: "New connection …", where: workspace.name, go: () => setDialog("new-connection") },
    { name: "Export …", where: workspace.name, go: () => setDialog("export") },
    { name: "Import …", where: workspace.name, go: () => setDialog("import") },
    { name: "Settings", where: "Sluice", go: () => show("settings") },
  ];
}

function Search({ workspace, onDone }: { workspace: WorkspaceView; onDone(): void }) {
  const [wanted, setWanted] = useState("");
  const [at, setAt] = useState(0);
  const words = wanted.toLowerCase().split(/\s+/);
  const found = places(workspace).filter((place) => words.every((word) => `${place.name} ${place.where}`.toLowerCase().includes(word))).slice(0, 12);
  const here = Math.min(at, found.length - 1);
  const go = (place: Place | undefined) => {
    if (!place) return;
    onDone();
    place.go();
  };
  return (
    <>
      <TextInput
        placeholder="A script, a connection, a screen" aria-label="Go to" data-autofocus data-testid="palette-input" role="combobox" aria-expanded
        aria-controls="palette-list" aria-activedescendant={found[here] ? `palette-${here}` : undefined} value={wanted}
        onChange={(event) => { setWanted(event.currentTarget.value); setAt(0); }}
        onKeyDown={(event) => {
          const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
          if (step !== 0) {
            event.preventDefault();
            setAt((here + step + found.length) % Math.max(1, found.length));
          } else if (event.key === "Enter") {
            event.preventDefault();
            event.stopPropagation();
            go(found[here]);
          }
        }}
      />
      <ul className="palette-list" role="listbox" id="palette-list" aria-label="Places">
        {found.map((place, index) => (
          <li key={place.where + place.name} id={`palette-${index}`} role="option" aria-selected={index === here} className={index === here ? "sel" : undefined} onClick={() => go(place)} onMouseMove={() => setAt(index)}>
            {place.name} <span className="dim row-end">{place.where}</span>
          </li>
        ))}
      </ul>
      {found.length === 0 && <p className="dim">Nothing is called that.</p>}
    </>
  );
}

/** Goes anywhere by typing. */
export function Palette({ workspace }: { workspace: WorkspaceView }) {
  const opened = useDesk((desk) => desk.palette);
  const setPalette = useDesk((desk) => desk.setPalette);
  return (
    <Modal opened={opened} onClose={() => setPalette(false)} withCloseButton={false} size={520} yOffset="12vh" centered={false} title={<span className="hidden-visually">Go to</span>} classNames={{ header: "palette-header" }}>
      <Search workspace={workspace} onDone={() => setPalette(false)} />
    </Modal>
  );
}
