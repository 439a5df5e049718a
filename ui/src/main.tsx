// First of all: what is imported below may ask for the language while it loads.
import "./app/language";
import "@fontsource-variable/inter/index.css";
import "@fontsource-variable/jetbrains-mono/index.css";
import "@mantine/core/styles.css";
import "./app/tokens.css";
import "./app/base.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { answerWith } from "./ipc/client";
import { newQueryClient } from "./ipc/queries";

const root = document.getElementById("root");

async function start(): Promise<void> {
  if (import.meta.env.MODE === "fake") answerWith((await import("./ipc/browser")).browserBackend());
  if (root) {
    createRoot(root).render(
      <StrictMode>
        <App client={newQueryClient()} />
      </StrictMode>,
    );
  }
}

void start();
