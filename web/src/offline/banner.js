// On ordinary pages of a device with a queue: how much waits and since when; sends it; asks before
// signing out with something unsent.
import { link, inset, p } from "./dom.js";
import { sendAlone, session, summary } from "./queue.js";
import { changes, openDatabase, setCurrentUser, Store, waiting } from "./store.js";

const EVERY = 30_000;
const place = document.createElement("div");
place.className = "govuk-width-container";
place.setAttribute("role", "status");

async function start() {
  const database = await openDatabase();
  document.querySelector(".govuk-template__header")?.after(place);
  let signIn = false;
  let timer;

  async function draw() {
    const all = await waiting(database);
    const words = summary(all);
    place.replaceChildren(...(words ? [inset(p(`${words}. `, signIn ? link("/sign-in?next=/offline", "Sign in to send") : link("/offline", "See what waits")))] : []));
    return all;
  }

  async function work() {
    const all = await draw();
    clearTimeout(timer);
    if (all.length === 0) return;
    if (navigator.onLine) {
      try {
        const { user } = await session(window.fetch.bind(window));
        signIn = false;
        if (all.some((entry) => entry.user === user && entry.state === "waiting")) await sendAlone(await Store.of(database, user));
      } catch (error) {
        signIn = error.reason === "sign-in";
      }
      await draw();
    }
    timer = setTimeout(work, EVERY);
  }

  window.addEventListener("online", () => void work());
  changes?.addEventListener("message", () => void draw());
  document.querySelector('form[action="/sign-out"]')?.addEventListener("submit", (event) => {
    const form = event.target;
    event.preventDefault();
    void (async () => {
      const words = summary(await waiting(database));
      if (words && !window.confirm(`${words} and not sent. After signing out it waits until you sign in on this device again. Sign out?`)) return;
      // Nobody else opens it without a signal.
      await setCurrentUser(database, null);
      form.submit();
    })();
  });
  await work();
}

start().catch(() => {});
