// Signing in and out, who may see what, new people, and two of them at once.
import assert from "node:assert/strict";
import { another, check, journey, press, quiet, signIn } from "../harness/journey.js";

const signIns = () => JSON.parse(process.env.COMMONWEAL_SIGN_INS);
const navigation = (page) => page.locator(".govuk-service-navigation nav li").allInnerTexts();
const heading = (page) => page.locator("h1").innerText();
/** A name that no other run of these journeys uses. */
const fresh = (name) => `${name} ${process.pid}-${Date.now().toString(36)}`;

/** An administrator adds somebody, who chooses a password by the one-time link; gives their sign-in. */
async function newcomer(page, address, name, roles) {
  const email = `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, ".")}@council.example`;
  await page.goto(`${address}/users`);
  await press(page, "Add a user");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Email address").fill(email);
  await page.getByLabel("Agency", { exact: true }).selectOption({ label: "The council" });
  for (const role of roles) await page.getByLabel(role, { exact: true }).check();
  await press(page, "Add user");
  const link = await page.locator("main strong", { hasText: "/link/" }).innerText();
  return { link, email, password: "seven-otters-cross-the-quiet-weir" };
}

async function choosePassword(page, { link, password }) {
  await page.goto(link);
  await page.getByLabel("Choose a password", { exact: true }).fill(password);
  await page.getByLabel("Type the password again", { exact: true }).fill(password);
  await press(page, "Save and sign in");
}

journey("a wrong password is refused, and what was typed stays", { statuses: [422] }, async (page, address) => {
  const { email, password } = signIns().manager;
  await page.goto(`${address}/sign-in`);
  await press(page, "Sign in");
  assert.match(await page.getByRole("alert").innerText(), /Enter your email address/);
  assert.match(await page.title(), /^Error:/);
  await page.getByLabel("Email address").fill(email);
  await page.getByLabel("Password", { exact: true }).fill("not-the-password-at-all");
  await press(page, "Sign in");
  assert.match(await page.getByRole("alert").innerText(), /is not right/);
  assert.equal(await page.getByLabel("Email address").inputValue(), email, "the address is still there");
  assert.equal(await page.getByLabel("Password", { exact: true }).inputValue(), "", "the password is not");
  await check(page);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await press(page, "Sign in");
  assert.equal(await heading(page), "My work");
});

journey("after signing out, going back shows nothing", { as: "manager" }, async (page, address) => {
  await page.goto(`${address}/users`);
  await page.goto(`${address}/ranking`);
  await press(page, "Sign out");
  assert.equal(await heading(page), "You have signed out");
  await check(page);
  for (let steps = 0; steps < 2; steps += 1) {
    await page.goBack();
    await page.waitForLoadState();
    assert.equal(await page.locator("main table").count(), 0, `nothing of ${page.url()} is shown`);
    assert.equal(await heading(page), "Sign in");
  }
});

const REFUSALS = [
  ["elected member", "elected-member", ["Home", "Places", "Registers", "Find help", "Report a problem"], ["/map", "/ranking", "/trend"], ["/users", "/agencies", "/imports", "/imports/new", "/audit", "/jobs", "/outbox", "/data-quality", "/map/download.csv"]],
  ["auditor", "auditor", null, ["/audit", "/audit/reads", "/roles", "/imports", "/jobs"], ["/users", "/users/new", "/agencies", "/imports/new", "/outbox", "/map", "/ranking", "/trend"]],
  ["call-taker", "call-taker", null, ["/map"], ["/users", "/imports", "/audit", "/jobs"]],
];
for (const [who, as, entries, open, shut] of REFUSALS) {
  journey(`an ${who} sees what the role allows and nothing else`.replace("an call", "a call"), { as, statuses: [403] }, async (page, address) => {
    const shown = await navigation(page);
    if (entries) assert.deepEqual(shown, entries);
    const links = await page.locator(".govuk-service-navigation nav a").evaluateAll((all) => all.map((link) => link.pathname));
    for (const path of links) assert.ok(!shut.includes(path), `the navigation offers ${path}`);
    for (const path of [...links, ...open]) {
      const answer = await page.goto(`${address}${path}`);
      assert.equal(answer.status(), 200, path);
    }
    for (const path of shut) {
      const answer = await page.goto(`${address}${path}`);
      assert.equal(answer.status(), 403, path);
      assert.equal(await heading(page), "You cannot see this page");
    }
    await check(page);
  });
}

journey("a new user sets a password by a link that works once", { as: "administrator" }, async (page, address) => {
  const added = await newcomer(page, address, fresh("Rowan Thistlewood"), ["Provider"]);
  await check(page);
  const browser = await another(page, { statuses: [403, 404, 410, 422] });
  await browser.goto(added.link);
  await browser.getByLabel("Choose a password", { exact: true }).fill("short");
  await browser.getByLabel("Type the password again", { exact: true }).fill("other");
  await press(browser, "Save and sign in");
  assert.match(await browser.getByRole("alert").innerText(), /harder to guess|at least 12|not the same/i);
  await check(browser);
  await choosePassword(browser, added);

  // Their role opens its registers and the directory, and nothing else.
  assert.equal(await heading(browser), "My work");
  assert.match(await browser.locator("main").innerText(), /Your roles: Provider[^]*Forms and registers/);
  assert.deepEqual(await navigation(browser), ["Home", "Registers", "Find help", "Report a problem"]);
  for (const path of ["/map", "/ranking", "/users", "/imports", "/audit", "/ogc/collections/counts-cells-9/items"]) {
    assert.equal((await browser.goto(`${address}${path}`)).status(), 403, path);
  }
  await browser.goto(`${address}/account`);
  await check(browser);
  await press(browser, "Sign out");
  await browser.goto(added.link);
  assert.equal(await heading(browser), "This link has been used or has expired");
  await signIn(browser, address, "new", { new: added });
  assert.equal(await heading(browser), "My work");
  quiet(browser);

  await page.goto(`${address}/users`);
  await page.locator("#users").getByRole("link", { name: /Rowan Thistlewood/ }).first().click();
  await page.waitForLoadState();
  await check(page);
});

journey("what was typed when the session ended is offered again", { as: "administrator" }, async (page, address) => {
  const added = await newcomer(page, address, fresh("Ada Linden"), ["Administrator"]);
  const first = await another(page, { statuses: [401, 403, 419, 440] });
  await choosePassword(first, added);
  const name = fresh("Weir Trust");
  await first.goto(`${address}/agencies/new`);
  await first.getByLabel("Name", { exact: true }).fill(name);
  await first.locator('input[name="kind"]').first().check();

  // The same person ends all other sessions elsewhere.
  const second = await another(page);
  await signIn(second, address, "same", { same: added });
  await second.goto(`${address}/account`);
  await check(second);
  await press(second, "End all other sessions");

  await press(first, "Add agency");
  assert.doesNotMatch(await first.locator("main").innerText(), new RegExp(name), "a browser left alone shows nothing");
  if (new URL(first.url()).pathname !== "/sign-in") await first.getByRole("link", { name: /sign in/i }).first().click();
  await first.getByLabel("Email address").fill(added.email);
  await first.getByLabel("Password", { exact: true }).fill(added.password);
  await press(first, "Sign in");
  assert.equal(await heading(first), "We kept what you typed");
  assert.match(await first.locator("main").innerText(), new RegExp(name));
  await check(first);
  await press(first, "Send it now");
  assert.equal(new URL(first.url()).pathname, "/agencies");
  assert.equal(await first.getByRole("link", { name }).count(), 1);
});

for (const javaScript of [true, false]) {
  const how = javaScript ? "with" : "without";
  journey(`pressing 'Add agency' twice adds one, ${how} scripts`, { as: "administrator", javaScript }, async (page, address) => {
    const name = fresh("Twice Housing");
    await page.goto(`${address}/agencies/new`);
    await page.getByLabel("Name", { exact: true }).fill(name);
    await page.locator('input[name="kind"]').first().check();
    await page.getByRole("button", { name: "Add agency" }).dblclick();
    await page.waitForURL(`${address}/agencies`);
    await page.goto(`${address}/agencies`);
    assert.equal(await page.getByRole("link", { name }).count(), 1);
  });
}

journey("two people who change one agency see each other's version", { as: "administrator", statuses: [409] }, async (page, address) => {
  const name = fresh("Shared Landlord");
  await page.goto(`${address}/agencies/new`);
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.locator('input[name="kind"]').first().check();
  await press(page, "Add agency");
  await press(page, name, "link");

  const other = await another(page, { as: "administrator" });
  await other.goto(page.url());
  await other.getByLabel("Name", { exact: true }).fill(`${name} of theirs`);
  await press(other, "Save");
  quiet(other);

  await page.getByLabel("Name", { exact: true }).fill(`${name} of mine`);
  await press(page, "Save");
  assert.match(await page.locator("main").innerText(), new RegExp(`Somebody else changed this[^]*${name} of theirs`));
  assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), `${name} of mine`);
  await check(page);
  await press(page, "Save mine over it");
  await page.goto(`${address}/agencies`);
  assert.equal(await page.getByRole("link", { name: `${name} of mine`, exact: true }).count(), 1);
  assert.equal(await page.getByRole("link", { name: `${name} of theirs`, exact: true }).count(), 0);
});
