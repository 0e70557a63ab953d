// usage: main.js FOLDER: writes FOLDER/LANGUAGE/NAME.json
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Dashboard, DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import { findings } from './findings.js';
import { migration } from './migration.js';
import { overview } from './overview.js';
import { Parts } from './parts.js';
import { process as processDashboard } from './process.js';
import { source } from './source.js';
import { Texts, languages } from './texts.js';

const makers: Readonly<Record<string, (parts: Parts) => DashboardBuilder>> = { overview, source, migration, findings, process: processDashboard };

// Numbers, by which links to a panel name it, and without what older Grafanas do not know.
function finished(dashboard: Dashboard): Dashboard {
  const panels = (dashboard.panels ?? []).map((panel, at) => ({ ...panel, id: at + 1 }));
  const links = (dashboard.links ?? []).map(({ placement: _, ...link }) => link);
  return { ...dashboard, panels, links };
}

const folder = process.argv[2];
if (folder === undefined) {
  throw new Error('name the folder to write to');
}
for (const language of languages) {
  mkdirSync(join(folder, language), { recursive: true });
  for (const [name, make] of Object.entries(makers)) {
    const json = JSON.stringify(finished(make(new Parts(new Texts(language))).build()), null, 2);
    writeFileSync(join(folder, language, `${name}.json`), `${json}\n`);
  }
}
