import { X } from "lucide-react";
import { useEffect, useRef } from "react";
import { isDirty, keyOf, useDesk } from "../../app/desk";

/** Open scripts; the dot says that something is not saved. */
export function ScriptTabs() {
  const tabs = useDesk((desk) => desk.tabs);
  const active = useDesk((desk) => desk.active);
  const drafts = useDesk((desk) => desk.drafts);
  const openScript = useDesk((desk) => desk.openScript);
  const closeTab = useDesk((desk) => desk.closeTab);
  const shown = useRef<HTMLLIElement>(null);
  // With many tabs open, the one that is shown may lie beside the bar.
  useEffect(() => shown.current?.scrollIntoView({ block: "nearest", inline: "nearest" }), [active, tabs.length]);
  const names = new Set(tabs.map((tab) => tab.connection));
  return (
    <ul className="tabs" aria-label="Open scripts">
      {tabs.map((tab) => {
        const key = keyOf(tab);
        const on = active !== null && keyOf(active) === key;
        const dirty = isDirty(drafts[key]);
        return (
          <li key={key} ref={on ? shown : undefined} className={on ? "tab on" : "tab"}>
            <button
              type="button" aria-current={on ? "page" : undefined} className="plain tab-name" data-testid={`tab-${key}`}
              onClick={() => openScript(tab)}
              onAuxClick={(event) => event.button === 1 && closeTab(tab)}
            >
              {names.size > 1 && <><span className="dim tab-connection" title={tab.connection}>{tab.connection}</span><span className="dim"> / </span></>}
              {tab.action}.js
              {dirty && <span className="dirty" data-testid={`dirty-${key}`} role="img" aria-label="not saved" />}
            </button>
            <button type="button" className="plain tab-close" aria-label={`Close ${tab.action}.js`} tabIndex={on ? 0 : -1} onClick={() => closeTab(tab)}>
              <X size={12} aria-hidden />
            </button>
          </li>
        );
      })}
    </ul>
  );
}
