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
      if (first) await look(page, tag('finding'), `${base}${first}`);
      else faults.push(`${viewport.name}: there is no finding to open`);
    } else {
      for (const each of ['runs', 'rejects', 'outbox']) await look(page, tag(each), `${base}/${each}`);
    }
    await look(page, tag('sandbox'), sandbox);
    await context.close();
  }
}
await browser.close();
for (const fault of faults) console.error(fault);
console.log(`${faults.length} faults, screenshots in ${out}`);
process.exit(faults.length === 0 ? 0 : 1);
