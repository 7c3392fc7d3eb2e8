// Debian's Chromium, told to leave the network alone.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where Chromium is and how it is started. */
export function chromiumOptions() {
  const executablePath = process.env.COMMONWEAL_CHROMIUM ?? PLACES.find((place) => existsSync(place));
  if (!executablePath) throw new Error("no Chromium is installed; run: scripts/install browser");
  return {
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-gpu",
    ],
  };
}

/** Starts Chromium without a window. */
export async function startChromium() {
  return chromium.launch(chromiumOptions());
}
