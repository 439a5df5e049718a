// The window in a browser without the desktop side: the fake, as the address asks for it.
import type { Backend } from "./client";
import { fakeBackend } from "./fake";
import { newWorld } from "./fake/world";

/** `?open` starts in the sample, `?vault=locked|absent` shows the vault in that state. */
export function browserBackend(): Backend {
  const wishes = new URLSearchParams(location.search);
  const world = newWorld();
  world.open = wishes.has("open");
  const vault = wishes.get("vault");
  if (vault === "locked") {
    world.vault = { backend: "keychain", state: "locked", message: "The keychain is locked.", hint: "Unlock it with your system's password and try again." };
  } else if (vault === "absent") {
    world.vault = { backend: "keychain", state: "absent", message: "This system offers no keychain.", hint: "Choose where secrets go instead." };
  }
  return fakeBackend(world);
}
