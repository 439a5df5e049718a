import { Tooltip, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { FileCode2, KeyRound, Moon, PlugZap, Settings, Sun, Waves } from "lucide-react";
import { useDesk, type Screen } from "./desk";

const SCREENS: [Screen, string, typeof Waves][] = [
  ["scripts", "Scripts", FileCode2],
  ["migration", "Migration", Waves],
  ["secrets", "Secrets", KeyRound],
  ["connection", "Connection", PlugZap],
];

/** The screens, by icon and name. */
export function Rail() {
  const screen = useDesk((desk) => desk.screen);
  const show = useDesk((desk) => desk.show);
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme("light");
  const entry = (id: Screen, name: string, Icon: typeof Waves) => (
    <Tooltip key={id} label={name} position="right">
      <button type="button" className={screen === id ? "rail-button on" : "rail-button"} aria-label={name} aria-current={screen === id ? "page" : undefined} onClick={() => show(id)} data-testid={`tab-${id}`}>
        <Icon size={18} aria-hidden />
      </button>
    </Tooltip>
  );
  const other = scheme === "dark" ? "light" : "dark";
  return (
    <nav className="rail" aria-label="Screens" data-region>
      {SCREENS.map(([id, name, Icon]) => entry(id, name, Icon))}
      <span className="rail-space" />
      <Tooltip label={`Switch to ${other}`} position="right">
        <button type="button" className="rail-button" aria-label={`Switch to ${other}`} onClick={() => setColorScheme(other)} data-testid="theme-toggle">
          {scheme === "dark" ? <Sun size={18} aria-hidden /> : <Moon size={18} aria-hidden />}
        </button>
      </Tooltip>
      {entry("settings", "Settings", Settings)}
    </nav>
  );
}
