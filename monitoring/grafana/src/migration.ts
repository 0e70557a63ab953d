import type { DashboardBuilder } from '@grafana/grafana-foundation-sdk/dashboard';
import * as units from '@grafana/grafana-foundation-sdk/units';
import type { Parts } from './parts.js';

const here = 'instance=~"$instance"';

// How far the modules of a migration are, and whether their ledger holds.
export function migration(parts: Parts): DashboardBuilder {
  return parts.dashboard('migration', 'migrationTitle')
    .withRow(parts.row('ledger'))
    .withPanel(parts.number('ledgerFaults', units.Short, [`max(hrbridge_ledger_faults{${here}})`], [[null, 'green'], [1, 'red']], 3))
    .withPanel(parts.number('ledgerVerified', units.Seconds, [`time() - max(hrbridge_ledger_verified_timestamp_seconds{${here}})`], [[null, 'green'], [259200, 'red']], 3))
    .withPanel(parts.number('ledgerTotal', units.Short, [`sum(max by (site, kind, subject) (hrbridge_ledger_entries{${here}}))`], [[null, 'blue']], 3))
    .withRow(parts.row('modules'))
    .withPanel(parts.lines('rehearsalRows', units.Short, [[`max by (site, module, what) (hrbridge_rehearsal_rows{${here}})`, '{{module}} {{what}} {{site}}']]))
    .withPanel(parts.table('rehearsalCount', units.Short, `max by (site, module, state) (hrbridge_rehearsals{${here}})`))
    .withPanel(parts.table('ledgerKinds', units.Short, `max by (site, subject, kind) (hrbridge_ledger_entries{${here}})`))
    .withPanel(parts.table('ledgerLast', units.DatetimeISO, `max by (site, subject, kind) (hrbridge_ledger_last_entry_timestamp_seconds{${here}}) * 1000`))
    .withPanel(parts.lines('ledgerGrowth', units.Short, [[`sum by (site, subject) (max by (site, kind, subject) (hrbridge_ledger_entries{${here}}))`, '{{subject}} {{site}}']], 1));
}
