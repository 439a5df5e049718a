import "./settings.css";
import { SegmentedControl, useMantineColorScheme } from "@mantine/core";
import { Kbd } from "../../components/Kbd";

const SHORTCUTS: [string, string][] = [
  ["mod+k", "go to a script, connection or screen"], ["mod+s", "save the script, which keeps a version"], ["mod+enter", "try the script"],
  ["mod+.", "stop the run"], ["mod+j", "drawer"], ["mod+b", "connections"], ["mod+alt+b", "Try panel"], ["mod+shift+m", "problems"],
  ["mod+shift+h", "versions of this script"], ["mod+w", "close the tab"], ["mod+shift+t", "reopen the tab"], ["alt+1", "tab 1, and so on to 9"],
  ["F6", "next region of the window"], ["mod+f", "search in the script"], ["mod+,", "settings"], ["Esc", "leave the editor: then Tab moves on"],
];

/** Look, keys, and what leaves this machine. */
export function SettingsPage() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <main className="page" data-region aria-label="Settings" data-testid="settings">
      <div className="page-head"><h1>Settings</h1></div>
      <div className="settings">
        <section className="card stack" aria-label="Look">
          <h2>Look</h2>
          <SegmentedControl
            value={colorScheme} onChange={(value) => setColorScheme(value as "auto" | "light" | "dark")} aria-label="Light or dark" data-testid="theme-choice"
            data={[{ value: "auto", label: "As the system" }, { value: "light", label: "Light" }, { value: "dark", label: "Dark" }]}
          />
        </section>
        <section className="card stack" aria-label="Privacy">
          <h2>What leaves this machine</h2>
          <p>Only what scripts send to the addresses you allowed for their connection (Connection, What scripts may reach). No account, no telemetry, no update check.</p>
        </section>
        <section className="card" aria-label="Keys">
          <h2>Keys</h2>
          <dl className="keys">
            {SHORTCUTS.map(([keys, what]) => <div key={keys}><dt><Kbd keys={keys} /></dt><dd>{what}</dd></div>)}
          </dl>
        </section>
      </div>
    </main>
  );
}
