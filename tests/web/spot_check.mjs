// Works through a check sheet as a person does, by keyboard alone: logs in, opens the sheet, shows what is masked, holds
// source against target field by field, names what differs. Looks at the page on a phone and on a desk first.
//
//   node spot_check.mjs BASE_URL NAME PASSWORD OUT_FOLDER
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const [base, name, password, out] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const codes = { 1: 'male', 2: 'female' };
const faults = [];
mkdirSync(out, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

async function open(viewport) {
  const context = await browser.newContext({ ...viewport, locale: 'zh-CN', bypassCSP: true });
  const page = await context.newPage();
  page.on('pageerror', (error) => faults.push(`script error: ${error.message}`));
  page.on('response', (answer) => {
    if (answer.status() >= 400 && !answer.url().endsWith('/favicon.ico')) faults.push(`${answer.url()}: ${answer.status()}`);
  });
  await page.goto(`${base}/checks`);
  await tabTo(page, '#name');
  await page.keyboard.type(name);
  await tabTo(page, '#password');
  await page.keyboard.type(password);
  await leave(page, 'Enter');
  return page;
}

async function tabTo(page, selector) {
  for (let i = 0; i < 40; ++i) {
    if (await page.evaluate((wanted) => document.activeElement?.matches(wanted), selector)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`no key leads to ${selector}`);
}

// Presses a key that leads to another page, or to this one anew.
async function leave(page, key) {
  await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), page.keyboard.press(key)]);
}

async function look(page, tag) {
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 1) faults.push(`${tag}: wider than the screen by ${wide} px`);
  await page.screenshot({ path: `${out}/${tag}.png`, fullPage: true });
  const found = await page.evaluate(async (source) => {
    if (!window.axe) (0, eval)(source);
    const result = await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa'] });
    return result.violations.map((v) => `${v.id} (${v.nodes.length}): ${v.nodes[0].target}`);
  }, axe);
  for (const each of found) faults.push(`${tag}: accessibility: ${each}`);
}

const rowsOf = (page) => page.evaluate(() => [...document.querySelectorAll('tr[data-field]:not(.other)')].map((row) => {
  const cells = [...row.querySelectorAll('.cell')].map((cell) => cell.textContent);
  return { field: row.dataset.field, target: cells[cells.length - 1], source: cells.slice(0, -1) };
}));
const isSecond = (page) => page.evaluate(() => document.querySelector('input[type=checkbox]') === null);
const differs = (row) => row.source.length > 0 &&
  row.target !== (row.field === 'gender' ? codes[row.source[0]] : row.source[0].trim());

async function judge(page) {
  if (await page.locator('tr:not(.other) [data-reveal]').count() > 0) await leave(page, 'a');
  const rows = await rowsOf(page);
  const wrong = rows.findIndex(differs);
  if (wrong < 0) {
    await leave(page, '1');
    if (new URL(page.url()).pathname !== '/checks' && await isSecond(page)) {
      if (!seen.second) await look(page, 'desktop-second');
      seen.second = true;
      await leave(page, '1');
    }
    return;
  }
  for (let i = 0; i < 40; ++i) {
    if (await page.evaluate(() => document.querySelector('tr.selected')?.dataset.field) === rows[wrong].field) break;
    await page.keyboard.press('ArrowDown');
  }
  await page.keyboard.press('2');
  if (!seen.wrong) await look(page, 'desktop-wrong');
  seen.wrong = true;
  await leave(page, 'Enter');
}

const seen = { second: false, wrong: false };
const phone = await open({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
await look(phone, 'phone-list');
await phone.goto(`${base}/checks/1/60`);
await look(phone, 'phone-row');
await phone.context().close();

const page = await open({ viewport: { width: 1440, height: 900 } });
await look(page, 'desktop-list');
await tabTo(page, 'a.row');
await leave(page, 'Enter');
let judged = 0;
while (new URL(page.url()).pathname !== '/checks' && judged < 1000) {
  const place = new URL(page.url()).pathname;
  if (judged === 3) {
    await look(page, 'desktop-row');
    await leave(page, 'ArrowRight');
    await leave(page, 'ArrowLeft');
    await page.reload();
    if (new URL(page.url()).pathname !== place) faults.push(`the arrows lead from ${place} to ${page.url()}`);
    await page.goto(`${base}/checks`);
    await tabTo(page, 'a.row');
    await leave(page, 'Enter');
    if (new URL(page.url()).pathname !== place) faults.push(`${place} is gone on with at ${page.url()}`);
  }
  await judge(page);
  ++judged;
}
await browser.close();
for (const fault of faults) console.error(fault);
console.log(`${judged} rows judged, ${faults.length} faults, screenshots in ${out}`);
process.exit(faults.length === 0 ? 0 : 1);
