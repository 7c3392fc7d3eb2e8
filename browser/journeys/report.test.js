// The public report: six screens on a telephone, with and without a script, in English and Polish.
import assert from "node:assert/strict";
import { check, journey, press } from "../harness/journey.js";

const PHONE = { width: 375, height: 700 };
const NUMBERS = ["999", "101", "116 123", "0800 1111", "0808 2000 247"];

async function text(page) {
  return page.locator("main").innerText();
}

/** Chooses a radio by its words, also where the script hides what lies under it. */
async function choose(page, group, words) {
  await page.getByRole("group", { name: group }).getByLabel(words, { exact: true }).check();
}

/** From the start to the page on which the report is sent. */
async function toTheEnd(page, address, description) {
  await page.goto(`${address}/report`);
  await choose(page, /Who are you reporting this for/, "For me, or my household");
  await press(page, "Continue");
  await choose(page, /What is it mostly about/, "Loud music, parties, shouting or other noise");
  await page.getByLabel("Tell us what happens").fill(description);
  await press(page, "Continue");
  await page.getByLabel("Postcode, street or place").fill("54.775, -1.57");
  await page.getByLabel(/House number/).fill("Number 4");
  await choose(page, /private home/, "Yes");
  await press(page, "Continue");
  await choose(page, /When does it happen/, "It keeps happening");
  await page.getByLabel(/Each time that you remember/).fill("14/5/2026, 11pm, shouting\n15/5/2026");
  await press(page, "Continue");
  await choose(page, /safe now/, "Yes");
  await choose(page, /because of who somebody is/, "No");
  await press(page, "Continue");
}

for (const javaScript of [true, false]) {
  journey(`somebody reports on a telephone ${javaScript ? "with" : "without"} a script`, { javaScript, viewport: PHONE }, async (page, address) => {
    await page.goto(`${address}/report`);
    for (const number of NUMBERS) assert.ok((await text(page)).includes(number), number);
    assert.ok(await page.getByRole("button", { name: /Exit this page/ }).isVisible());
    if (javaScript) await check(page);
    await toTheEnd(page, address, "They shout every night 🎉 <b>and</b> sing");
    assert.match(page.url(), /\/you$/);
    assert.ok(await page.getByRole("link", { name: "I would rather tell a person" }).isVisible());
    if (javaScript) await check(page);
    await choose(page, /know who you are/, "No, I stay anonymous");
    await press(page, "Send now");
    assert.match(page.url(), /\/report\/sent\/[0-9a-f-]{36}$/);
    const sent = await text(page);
    assert.match(sent, /We have your report/);
    assert.match(sent, /R-[0-9A-Z]{4}-[0-9A-Z]{4}/);
    assert.match(sent, /decide what to do by/);
    assert.match(sent, /\/track\/[0-9a-f]{32}/);
    assert.match(sent, /Help and support near you/);
    for (const number of NUMBERS) assert.ok(sent.includes(number), number);
    if (javaScript) await check(page);
    const reference = sent.match(/R-[0-9A-Z]{4}-[0-9A-Z]{4}/)[0];
    await page.reload();
    assert.doesNotMatch(await text(page), /\/track\//, "the link is shown once");
    await press(page, "Tell us more");
    await page.getByLabel("Children").check();
    await press(page, "Continue");
    await press(page, "Skip this page", "link");
    await press(page, "Skip this page", "link");
    await page.getByLabel(/Names, addresses/).fill("A tall man in a red car");
    await press(page, "Continue");
    assert.match(await text(page), /indecent/);
    if (javaScript) await check(page);
    await press(page, "Skip this page", "link");
    await page.getByLabel(/Which language/).fill("Polish");
    await press(page, "Add to my report");
    assert.match(await text(page), /Added to your report/);
    assert.ok((await text(page)).includes(reference));
    if (javaScript) await check(page);
  });
}

journey("mistakes are named in Polish", { viewport: PHONE, statuses: [422] }, async (page, address) => {
  await page.goto(`${address}/report?lang=pl`);
  assert.equal(await page.locator("html").getAttribute("lang"), "pl");
  await press(page, "Dalej");
  await press(page, "Dalej");
  assert.match(await text(page), /Wystąpił problem[\s\S]*Wybierz, czego to głównie dotyczy/);
  await check(page);
});

journey("somebody wants to be called back", { viewport: PHONE, statuses: [422] }, async (page, address) => {
  await page.goto(`${address}/report/person`);
  await page.getByLabel("Your telephone number").fill("ring me");
  await press(page, "Call me back");
  assert.match(await text(page), /Enter a telephone number, like/);
  await check(page);
  await page.getByLabel("Your telephone number").fill("07700 900 982");
  await page.getByLabel(/When is it safe to call/).fill("After 6pm");
  await press(page, "Call me back");
  assert.match(await text(page), /We will call you[\s\S]*R-[0-9A-Z]{4}-[0-9A-Z]{4}/);
  await check(page);
});

journey("somebody tells what they know", { viewport: PHONE }, async (page, address) => {
  await page.goto(`${address}/report/tell-us`);
  await page.getByLabel("Tell us what you know").fill("They deal at the bridge");
  await check(page);
  await press(page, "Continue");
  await page.getByLabel(/Postcode, street or place/).fill("The old bridge that is on no map");
  await press(page, "Send now");
  assert.match(await text(page), /We have what you told us/);
  await check(page);
});

journey("the first page is light", { viewport: PHONE }, async (page, address) => {
  let bytes = 0;
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  session.on("Network.loadingFinished", (event) => {
    bytes += event.encodedDataLength;
  });
  await page.goto(`${address}/report`, { waitUntil: "networkidle" });
  assert.ok(bytes < 60_000, `${bytes} bytes`);
});
