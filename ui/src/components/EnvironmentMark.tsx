import type { Environment } from "../ipc/client";

const LOOK: Record<Environment, { word: string; tone: string; path: string }> = {
  development: { word: "development", tone: "ok", path: "M5 1a4 4 0 1 1 0 8a4 4 0 1 1 0-8Z" },
  staging: { word: "staging", tone: "no", path: "M5 .4 9.6 5 5 9.6.4 5Z" },
  production: { word: "PRODUCTION", tone: "bad", path: "M1 1h8v8H1Z" },
};

/** Only the shape: circle, diamond or square. */
export function EnvironmentShape({ environment }: { environment: Environment }) {
  const { path, tone } = LOOK[environment];
  return (
    <svg width="10" height="10" viewBox="0 0 10 10" className={tone} aria-hidden data-shape={environment}>
      <path d={path} fill="currentColor" />
    </svg>
  );
}

/** How dangerous a store is, as shape and word. */
export function EnvironmentMark({ environment, readOnly = false }: { environment: Environment; readOnly?: boolean }) {
  const { word, tone } = LOOK[environment];
  return (
    <span className={`icon-text ${tone}`}>
      <EnvironmentShape environment={environment} />
      <span>
        {word}
        {readOnly && " · read-only"}
      </span>
    </span>
  );
}
