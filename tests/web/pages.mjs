// Opens every page of a running demo as its users do, on a phone and on a desk, in Chinese; looks
// for what is cut off, for accessibility faults and for console errors, and keeps screenshots.
//
//   node pages.mjs BASE_URL SANDBOX_URL OUT_FOLDER ACCOUNTS.json
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const [base, sandbox, out, accountsFile] = process.argv.slice(2);
const accounts = JSON.parse(readFileSync(accountsFile, 'utf8'));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const viewports = [
  { name: 'phone', width: 390, height: 844, isMobile: true, hasTouch: true },
  { name: 'desktop', width: 1440, height: 900 },
];
const faults = [];
mkdirSync(out, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

async function look(page, name, url) {
  const answer = await page.goto(url);
  if (!answer.ok()) faults.push(`${name}: ${url} answered ${answer.status()}`);
  const cut = await page.evaluate(() => {
    const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
    return wide > 1 ? `wider than the screen by ${wide} px` : '';
  });
  if (cut) faults.push(`${name}: ${cut}`);
  await page.screenshot({ path: `${out}/${name}.png`, fullPage: true });
  if (!url.startsWith(sandbox)) {
    const found = await page.evaluate(async (source) => {
      if (!window.axe) (0, eval)(source);
      const result = await window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa'] });
      return result.violations.map((v) => `${v.id} (${v.nodes.length}): ${v.nodes[0].target}`);
    }, axe);
    for (const each of found) faults.push(`${name}: accessibility: ${each}`);
  }
}

async function login(page, account) {
  await page.goto(`${base}/login`);
  await page.fill('#name', account.name);
  await page.fill('#password', account.password);
  await page.click('button.primary');
  await page.waitForURL((url) => !url.pathname.startsWith('/login'));
}

// A receiver of the warning's card presses its button; the daemon hears of it by its callback address,
// the button is greyed, and the finding's page shows who has read it.
async function press() {
  const context = await browser.newContext({ locale: 'zh-CN' });
  const page = await context.newPage();
  await page.goto(`${sandbox}/people/hr01`);
  const before = await page.locator('.buttons button').count();
  if (before === 0) {
    faults.push('press: hr01 has no card with a button');
  } else {
    await page.locator('.buttons button').first().click();
    await page.waitForURL((url) => url.hash.startsWith('#m'));
    const greyed = await page.locator('div.done').allTextContents();
    if (!greyed.includes('已阅读')) faults.push(`press: the button was not greyed: ${greyed}`);
    if (await page.locator('.buttons button').count() !== before - 1) faults.push('press: the button is still there');
  }
  await context.close();
}

// The daemon works on a callback after it has answered.
async function noteShows(page, url) {
  const until = Date.now() + 60_000;
  while (Date.now() < until) {
    await page.goto(url);
    if ((await page.content()).includes('wecom/hr01')) return true;
  }
  return false;
}

await press();
for (const viewport of viewports) {
  for (const account of accounts) {
    const context = await browser.newContext({
      viewport: { width: viewport.width, height: viewport.height },
      isMobile: viewport.isMobile ?? false,
      hasTouch: viewport.hasTouch ?? false,
      locale: 'zh-CN',
      bypassCSP: true,  // axe is injected; what the pages themselves load stays under their policy
    });
    const page = await context.newPage();
    page.on('pageerror', (error) => faults.push(`${viewport.name}: script error: ${error.message}`));
    const tag = (name) => `${viewport.name}-${account.role}-${name}`;
    await look(page, tag('login'), `${base}/login`);
    await login(page, account);
    if (account.role === 'hr') {
      await look(page, tag('findings'), `${base}/findings`);
      const first = await page.getAttribute('a.finding', 'href');
      if (first) {
        if (!await noteShows(page, `${base}${first}`)) faults.push(`${viewport.name}: the press does not show`);
        await look(page, tag('finding'), `${base}${first}`);
      } else faults.push(`${viewport.name}: there is no finding to open`);
    } else {
      for (const each of ['runs', 'rejects', 'outbox']) await look(page, tag(each), `${base}/${each}`);
      await page.goto(`${base}/rejects`);
      await page.locator('form[action="/rejects/replay"] button').first().click();
      await page.waitForURL((url) => url.pathname === '/rejects');
      if (!page.url().includes('stored=')) faults.push(`${viewport.name}: a replay ended at ${page.url()}`);
    }
    await look(page, tag('sandbox'), sandbox);
    await context.close();
  }
}
await browser.close();
for (const fault of faults) console.error(fault);
console.log(`${faults.length} faults, screenshots in ${out}`);
process.exit(faults.length === 0 ? 0 : 1);
